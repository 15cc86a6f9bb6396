/* Word vectors by negative sampling, as word2vec has it: a part of a corpus is trained with one learning rate.

   Several threads train one model at once without locks (Hogwild): they seldom meet in a row, and an update that gets lost
   is one of billions. `blazingtext_client/plain.py` does the same in Python, with the same random numbers. */
#ifndef TRAIN_H
#define TRAIN_H

#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "rows.h"

#define MOST 32  /* output rows of one step; more negative samples take several */
#define STEEP 64 /* entries of the table of the logistic function for a step of 1, from -8 to 8 */

enum { BATCH_SKIPGRAM, SKIPGRAM, CBOW };

typedef struct {
    float *input, *output;            /* dim numbers in a row */
    const int64_t *offsets, *rows;    /* word k has the input rows rows[offsets[k]] to rows[offsets[k + 1] - 1] */
    const uint32_t *keep;             /* word k is kept if 32 random bits are not above */
    const Alias *negatives;           /* the distribution of negative samples */
    const float *logistic;            /* 16 * STEEP + 1 numbers */
    const volatile uint8_t *stop;     /* not 0: end as soon as possible */
    size_t dim;                       /* a multiple of 8 */
    int64_t n_words, window, n_negatives, batch;
    int mode;
} Model;

/* Output rows of one step. If `positive`, the first is that of the word to be predicted; all others are negative samples. */
typedef struct {
    float *rows[MOST];
    size_t n;
    int positive;
} Outputs;

/* A word and the n words around it; if these predict it, the outputs of their first step, and how many negative samples
   are then `left`. */
typedef struct {
    int32_t centre, *contexts;
    size_t n;
    Outputs outputs;
    int64_t left;
} Window;

/* What one call works with. */
typedef struct {
    const Model *model;
    float alpha;
    uint64_t state;    /* of the random numbers */
    int32_t *kept;     /* the words of a sentence that sampling keeps */
    Window windows[2]; /* the next is taken first, so that its rows are in the cache when they are needed */
    float **inputs;    /* rows of a step */
    float *errors;     /* MOST for each input */
    float *steps;      /* what is to be added to each input */
    float *hidden, *sum;
} Work;

static inline float logistic(const Model *model, float x)
{
    if (!(x > -8)) /* or NaN */
        return 0;
    if (x >= 8)
        return 1;
    float place = (x + 8) * STEEP;
    int k = (int)place;
    return model->logistic[k] + (place - (float)k) * (model->logistic[k + 1] - model->logistic[k]);
}

INLINE void load_inputs(const Model *model, int32_t word)
{
    for (int64_t r = model->offsets[word]; r < model->offsets[word + 1]; r++)
        load(model->input + (size_t)model->rows[r] * model->dim, model->dim);
}

INLINE void take(const Model *model, Outputs *outputs, int32_t word)
{
    outputs->rows[outputs->n++] = load(model->output + (size_t)word * model->dim, model->dim);
}

/* Fill `outputs` for a word to be predicted, of whose negative samples `left` are missing; -1 at first. */
INLINE void take_outputs(Work *work, Outputs *outputs, int32_t word, int64_t *left)
{
    const Model *model = work->model;
    outputs->n = 0;
    outputs->positive = *left < 0;
    if (outputs->positive) {
        take(model, outputs, word);
        *left = model->n_negatives;
    }
    if (*model->stop) /* there may be billions of negative samples */
        *left = 0;
    for (; *left && outputs->n < MOST; --*left) {
        int32_t negative = draw_word(&work->state, model->negatives, model->n_words);
        if (negative != word)
            take(model, outputs, negative);
    }
}

INLINE void take_first(Work *work, Window *window)
{
    window->left = -1;
    take_outputs(work, &window->outputs, window->centre, &window->left);
}

/* One step of gradient ascent for n inputs at once: update the outputs, and add to `work->steps` what the inputs gain. */
INLINE void learn(Work *work, float *const *inputs, size_t n, const Outputs *outputs)
{
    const Model *model = work->model;
    for (size_t i = 0; i < n; i++) {
        float *errors = work->errors + i * MOST;
        products(inputs[i], outputs->rows, outputs->n, model->dim, errors);
        for (size_t j = 0; j < outputs->n; j++)
            errors[j] = work->alpha * ((float)(outputs->positive && j == 0) - logistic(model, errors[j]));
    }
    for (size_t i = 0; i < n; i++)
        add_weighted(work->steps + i * model->dim, outputs->rows, work->errors + i * MOST, 1, outputs->n, model->dim);
    for (size_t j = 0; j < outputs->n; j++)
        add_weighted(outputs->rows[j], inputs, work->errors + j, MOST, n, model->dim);
}

/* work->hidden = the mean of all input rows of n words */
INLINE void average(Work *work, const int32_t *words, size_t n)
{
    const Model *model = work->model;
    size_t count = 0;
    memset(work->hidden, 0, model->dim * sizeof *work->hidden);
    for (size_t k = 0; k < n; k++)
        for (int64_t r = model->offsets[words[k]]; r < model->offsets[words[k] + 1]; r++, count++)
            add(work->hidden, model->input + (size_t)model->rows[r] * model->dim, model->dim);
    float share = 1 / (float)count;
    for (size_t d = 0; d < model->dim; d++)
        work->hidden[d] *= share;
}

/* Add a row to all input rows of n words. */
INLINE void spread(const Model *model, const float *row, const int32_t *words, size_t n)
{
    for (size_t k = 0; k < n; k++)
        for (int64_t r = model->offsets[words[k]]; r < model->offsets[words[k] + 1]; r++)
            add(model->input + (size_t)model->rows[r] * model->dim, row, model->dim);
}

/* The words of the window predict the centre, up to `batch` of them at once, with negative samples in common: two
   products of small matrices (Ji et al. 2016, arXiv 1604.04661). */
INLINE void train_batch_skipgram(Work *work, Window *window)
{
    const Model *model = work->model;
    for (size_t begin = 0; begin < window->n; begin += (size_t)model->batch) {
        size_t size = window->n - begin < (size_t)model->batch ? window->n - begin : (size_t)model->batch;
        for (size_t k = 0; k < size; k++)
            work->inputs[k] = model->input + (size_t)window->contexts[begin + k] * model->dim;
        memset(work->steps, 0, size * model->dim * sizeof *work->steps);
        if (begin)
            take_first(work, window);
        learn(work, work->inputs, size, &window->outputs);
        while (window->left) {
            take_outputs(work, &window->outputs, window->centre, &window->left);
            learn(work, work->inputs, size, &window->outputs);
        }
        for (size_t k = 0; k < size; k++)
            add(work->inputs[k], work->steps + k * model->dim, model->dim);
    }
}

/* The centre predicts each word of the window, with negative samples of its own. The mean of the centre's rows moves as if
   each step were added to each of the rows at once. */
INLINE void train_skipgram(Work *work, const Window *window)
{
    const Model *model = work->model;
    size_t size = model->dim * sizeof *work->steps;
    average(work, &window->centre, 1);
    memset(work->sum, 0, size);
    Outputs outputs[2]; /* the next are taken first, so that they are in the cache when they are needed */
    int64_t left = -1;
    take_outputs(work, &outputs[0], window->contexts[0], &left);
    memset(work->steps, 0, size);
    for (size_t k = 0, turn = 0; k < window->n; turn ^= 1) {
        int is_last = !left;
        size_t next = k + (size_t)is_last;
        if (is_last)
            left = -1;
        if (next < window->n)
            take_outputs(work, &outputs[turn ^ 1], window->contexts[next], &left);
        learn(work, &work->hidden, 1, &outputs[turn]);
        if (is_last) {
            add(work->hidden, work->steps, model->dim);
            add(work->sum, work->steps, model->dim);
            memset(work->steps, 0, size);
        }
        k = next;
    }
    spread(model, work->sum, &window->centre, 1);
}

/* The mean of the words of the window predicts the centre. */
INLINE void train_cbow(Work *work, Window *window)
{
    memset(work->steps, 0, work->model->dim * sizeof *work->steps);
    average(work, window->contexts, window->n);
    learn(work, &work->hidden, 1, &window->outputs);
    while (window->left) {
        take_outputs(work, &window->outputs, window->centre, &window->left);
        learn(work, &work->hidden, 1, &window->outputs);
    }
    spread(work->model, work->steps, window->contexts, window->n);
}

INLINE void train_window(Work *work, Window *window)
{
    switch (work->model->mode) {
    case BATCH_SKIPGRAM: train_batch_skipgram(work, window); break;
    case SKIPGRAM: train_skipgram(work, window); break;
    case CBOW: train_cbow(work, window); break;
    }
}

/* Take the window around kept word k, of n; return 0 if it is empty. */
INLINE int take_window(Work *work, Window *window, size_t k, size_t n)
{
    const Model *model = work->model;
    size_t reach = 1 + below(draw(&work->state), (uint64_t)model->window);
    size_t begin = k < reach ? 0 : k - reach, end = n - k - 1 < reach ? n : k + 1 + reach;
    size_t before = k - begin, after = end - k - 1;
    window->centre = work->kept[k];
    window->n = before + after;
    memcpy(window->contexts, work->kept + begin, before * sizeof *window->contexts);
    memcpy(window->contexts + before, work->kept + k + 1, after * sizeof *window->contexts);
    if (window->n && model->mode != SKIPGRAM)
        take_first(work, window);
    if (n - k > (size_t)model->window) /* a word that comes into a window soon; the others have been loaded */
        load_inputs(model, work->kept[k + (size_t)model->window]);
    return window->n > 0;
}

/* Whether training a window draws random numbers: then it comes before the next is taken, which draws some too. */
INLINE int draws(const Model *model, const Window *window)
{
    return model->mode == SKIPGRAM || window->left || (model->mode == BATCH_SKIPGRAM && window->n > (size_t)model->batch);
}

/* Train a sentence of n words, negative ones unknown; return 0 if it was stopped. */
INLINE int train_sentence(Work *work, const int32_t *words, size_t n)
{
    const Model *model = work->model;
    size_t n_kept = 0;
    for (size_t k = 0; k < n; k++)
        if (words[k] >= 0 && (draw(&work->state) >> 32) <= model->keep[words[k]])
            work->kept[n_kept++] = words[k];
    Window *ready = NULL;
    for (size_t k = 0; k < n_kept; k++) {
        if (*model->stop)
            return 0;
        Window *next = &work->windows[ready == work->windows];
        if (!take_window(work, next, k, n_kept))
            continue;
        if (ready)
            train_window(work, ready);
        ready = next;
        if (draws(model, next)) {
            train_window(work, next);
            ready = NULL;
        }
    }
    if (ready)
        train_window(work, ready);
    return 1;
}

VERSIONS
/* Train sentences of `ids`, which -1 separates; return the words of those that were trained to their end. */
static int64_t train(Work *work, const int32_t *ids, size_t n)
{
    int64_t words = 0;
    for (size_t begin = 0; begin < n;) {
        size_t end = begin;
        while (end < n && ids[end] != -1)
            end++;
        if (!train_sentence(work, ids + begin, end - begin))
            break;
        words += (int64_t)(end - begin);
        begin = end + 1;
    }
    return words;
}

#endif
