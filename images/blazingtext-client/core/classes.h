/* Text classes: a softmax over the mean of the rows of a text's words and word n-grams, by stochastic gradient descent, as
   fastText has it (Joulin et al. 2016, arXiv 1607.01759).

   A text is the numbers of its labels, -2 for the first label, -3 for the second and so on, then those of its words, then
   -1. Threads train one model at once without locks, as in `train.h`. `blazingtext_client/plainclasses.py` does the same
   in Python, with the same random numbers. */
#ifndef CLASSES_H
#define CLASSES_H

#include <math.h>

#include "chance.h"
#include "rows.h"
#include "subwords.h"

typedef struct {
    float *input, *output;         /* dim numbers in a row; of `output` a row for each label */
    const int64_t *offsets, *rows; /* word k has the input rows rows[offsets[k]] to rows[offsets[k + 1] - 1], perhaps none */
    const int32_t *hashes;         /* of each word, for n-grams */
    const volatile uint8_t *stop;  /* not 0: end as soon as possible */
    size_t dim;                    /* a multiple of 8 */
    int64_t n_words, n_labels, first;
    int64_t ngrams, buckets;       /* words of the longest n-gram, whose row is first + its bucket */
} Classes;

/* Words of a text as rows of `input`. */
typedef struct {
    Rows rows;
    float **inputs;
    size_t room;
    const int32_t *labels;
    size_t n_labels;
    int64_t words; /* without the end of the line, which is word 0 */
} Text;

/* What one call works with. */
typedef struct {
    const Classes *model;
    float alpha, fall; /* the learning rate, and what it loses with each word */
    uint64_t state;    /* of the random numbers */
    Text texts[2];     /* the next is taken first, so that it is in the cache when it is needed */
    Hashes hashes;
    Rows begins; /* of texts */
    float *own, *before; /* the output matrix as this thread has it, and as it was when it was last shared */
    float **outputs;     /* the rows of `own` */
    float *scores;       /* of each label */
    float *hidden, *gain;
} Reading;

#define SHARED 32 /* texts after which threads share their output matrix: all its rows change with each text */

/* Add what this thread has learnt to the output matrix, and take what others have. */
INLINE void share(Reading *work)
{
    const Classes *model = work->model;
    for (size_t d = 0; d < (size_t)model->n_labels * model->dim; d += 8) {
        Eight *ours = (Eight *)(work->own + d), *before = (Eight *)(work->before + d), *all = (Eight *)(model->output + d);
        *ours = *before = *all += *ours - *before;
    }
}

/* Take the text that begins at *begin, and go past it; -1 without memory. */
INLINE int take_text(Reading *work, Text *text, const int32_t *ids, size_t n, size_t *begin)
{
    const Classes *model = work->model;
    size_t k = *begin;
    text->labels = ids + k;
    while (k < n && ids[k] < -1)
        k++;
    text->n_labels = (size_t)(ids + k - text->labels);
    text->words = 0;
    text->rows.n = work->hashes.n = 0;
    for (; k < n && ids[k] != -1 && !*model->stop; k++) {
        int32_t word = ids[k];
        if (word < 0)
            continue;
        text->words += word > 0;
        for (int64_t r = model->offsets[word]; r < model->offsets[word + 1]; r++)
            if (rows_add(&text->rows, model->rows[r]))
                return -1;
        if (model->ngrams > 1 && hashes_add(&work->hashes, model->hashes[word]))
            return -1;
    }
    *begin = k + 1;
    if (rows_of_ngrams(&text->rows, &work->hashes, model->ngrams, model->buckets, model->first))
        return -1;
    if (text->rows.n > text->room) {
        float **larger = realloc(text->inputs, text->rows.room * sizeof *larger);
        if (!larger)
            return -1;
        text->inputs = larger;
        text->room = text->rows.room;
    }
    for (size_t r = 0; r < text->rows.n; r++)
        text->inputs[r] = load(model->input + (size_t)text->rows.items[r] * model->dim, model->dim);
    return 0;
}

/* work->hidden = the mean of a text's rows, work->scores = its products with the labels' */
INLINE void score(Reading *work, const Text *text)
{
    const Classes *model = work->model;
    float part = 1 / (float)text->rows.n;
    memset(work->hidden, 0, model->dim * sizeof *work->hidden);
    add_weighted(work->hidden, text->inputs, &part, 0, text->rows.n, model->dim);
    products(work->hidden, work->outputs, (size_t)model->n_labels, model->dim, work->scores);
}

INLINE size_t largest(const float *numbers, size_t n)
{
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        if (numbers[k] > numbers[best])
            best = k;
    return best;
}

INLINE void softmax(float *scores, size_t n)
{
    float most = scores[largest(scores, n)], sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += scores[k] = expf(scores[k] - most);
    for (size_t k = 0; k < n; k++)
        scores[k] /= sum;
}

/* One step of gradient ascent for a text and one of its labels. */
INLINE void learn_text(Reading *work, const Text *text, size_t label, float alpha)
{
    const Classes *model = work->model;
    size_t n = (size_t)model->n_labels;
    float part = 1 / (float)text->rows.n;
    score(work, text);
    softmax(work->scores, n);
    for (size_t k = 0; k < n; k++)
        work->scores[k] = alpha * ((float)(k == label) - work->scores[k]);
    memset(work->gain, 0, model->dim * sizeof *work->gain);
    add_weighted(work->gain, work->outputs, work->scores, 1, n, model->dim);
    for (size_t k = 0; k < n; k++)
        add_of(1, work->outputs[k], &work->hidden, work->scores + k, 1, model->dim);
    for (size_t d = 0; d < model->dim; d++)
        work->gain[d] *= part;
    for (size_t r = 0; r < text->rows.n; r++)
        add(text->inputs[r], work->gain, model->dim);
}

/* Set work->begins to where texts begin, in random order; -1 without memory. */
static int shuffle(Reading *work, const int32_t *ids, size_t n)
{
    Rows *begins = &work->begins;
    for (size_t k = 0; k < n; k++)
        if ((!k || ids[k - 1] == -1) && rows_add(begins, (int64_t)k))
            return -1;
    for (size_t left = begins->n; left > 1; left--) {
        size_t k = below(draw(&work->state), left);
        int64_t last = begins->items[left - 1];
        begins->items[left - 1] = begins->items[k];
        begins->items[k] = last;
    }
    return 0;
}

VERSIONS
/* Train texts in random order, each with one of its labels, drawn at random. Set the words of those that were trained; -1
   without memory. */
static int train_texts(Reading *work, const int32_t *ids, size_t n, int64_t *words)
{
    *words = 0;
    if (shuffle(work, ids, n))
        return -1;
    for (size_t k = 0; k <= work->begins.n && !*work->model->stop; k++) {
        size_t begin = k < work->begins.n ? (size_t)work->begins.items[k] : n;
        if (begin < n && take_text(work, &work->texts[k & 1], ids, n, &begin))
            return -1;
        if (*work->model->stop) /* the text may not be whole */
            break;
        const Text *text = &work->texts[~k & 1];
        if (!k)
            continue;
        if (text->n_labels && text->rows.n) {
            float alpha = work->alpha - work->fall * (float)*words;
            size_t label = (size_t)(-2 - text->labels[below(draw(&work->state), text->n_labels)]);
            learn_text(work, text, label, alpha > 0 ? alpha : 0);
        }
        *words += text->words;
        if (k % SHARED == 0)
            share(work);
    }
    share(work);
    return 0;
}

VERSIONS
/* Set how many texts have the most probable label; -1 without memory. */
static int right_texts(Reading *work, const int32_t *ids, size_t n, int64_t *right)
{
    *right = 0;
    for (size_t begin = 0; begin < n && !*work->model->stop;) {
        Text *text = &work->texts[0];
        if (take_text(work, text, ids, n, &begin))
            return -1;
        if (!text->rows.n || *work->model->stop)
            continue;
        score(work, text);
        int32_t label = -2 - (int32_t)largest(work->scores, (size_t)work->model->n_labels);
        for (size_t k = 0; k < text->n_labels; k++)
            if (text->labels[k] == label) {
                ++*right;
                break;
            }
    }
    return 0;
}

static int reading_open(Reading *work, const Classes *model)
{
    size_t n = (size_t)model->n_labels, size = n * model->dim;
    work->model = model;
    work->own = alone((2 * size + n + 2 * model->dim) * sizeof *work->own);
    work->outputs = malloc(n * sizeof *work->outputs);
    if (!work->own || !work->outputs)
        return -1;
    work->before = work->own + size;
    work->scores = work->before + size;
    work->hidden = work->scores + n;
    work->gain = work->hidden + model->dim;
    memcpy(work->own, model->output, size * sizeof *work->own);
    memcpy(work->before, model->output, size * sizeof *work->own);
    for (size_t k = 0; k < n; k++)
        work->outputs[k] = work->own + k * model->dim;
    return 0;
}

static void reading_close(Reading *work)
{
    for (int k = 0; k < 2; k++) {
        free(work->texts[k].rows.items);
        free(work->texts[k].inputs);
    }
    free(work->hashes.items);
    free(work->begins.items);
    free(work->own);
    free(work->outputs);
}

#endif
