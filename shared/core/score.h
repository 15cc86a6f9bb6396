/* Words of a text as numbers to the margin of a linear model, without a row: see `scorers.py` of the image. */
#ifndef SCORE_H
#define SCORE_H

#include "grams.h"

typedef struct {
    float *weights; /* of each feature */
    size_t n;
    double base;
} Linear;

/* A feature of a text. */
typedef struct {
    uint32_t feature, count;
    size_t start; /* the first word, where it first stands */
    float value;
    double contribution;
} Part;

typedef struct {
    Rows rows;
    Part *parts; /* of one text, in the order of its words, shorter n-grams first */
    size_t n, room;
    uint32_t *slots; /* a hash table of the features that were met: their numbers in `parts`, from 1 on */
    size_t n_slots;
    double margin;
} Score;

static void score_close(Score *score)
{
    rows_close(&score->rows);
    free(score->parts);
    free(score->slots);
}

/* Put each feature that was found once into `parts`. Its time grows with their number alone: nobody knows the secrets. */
static int score_distinct(Score *score)
{
    const Rows *rows = &score->rows;
    void *larger;
    size_t size = 64, n = 0;
    int shift = 58;
    for (; size < 2 * rows->n_found; size *= 2)
        shift--;
    if (size > score->n_slots) {
        if (GROW(score->slots, size) || GROW(score->parts, size / 2))
            return NO_MEMORY;
        score->n_slots = size;
    }
    memset(score->slots, 0, size * sizeof *score->slots);
    for (size_t k = 0; k < rows->n_found; k++) {
        uint32_t feature = (uint32_t)(rows->found[k] >> 32);
        size_t at = multiply(feature ^ secrets[0], secrets[1]) >> shift;
        while (score->slots[at] && score->parts[score->slots[at] - 1].feature != feature)
            at = (at + 1) & (size - 1);
        if (score->slots[at])
            score->parts[score->slots[at] - 1].count++;
        else {
            score->parts[n] = (Part){feature, 1, rows->starts[k], weight_of(rows->found[k]), 0};
            score->slots[at] = (uint32_t)++n;
        }
    }
    score->n = n;
    return DONE;
}

/* The margin of a text, and what each feature contributes to it, given the numbers of its words. Sums are added in the order
   of the text, so they are the same in every process. */
static int score_text(const Grams *grams, const Linear *linear, const int32_t *ids, size_t n, Score *score)
{
    if (grams_find(grams, ids, n, &score->rows) || score_distinct(score))
        return NO_MEMORY;
    double squares = 0, length = 1;
    for (size_t k = 0; k < score->n; k++) {
        Part *part = &score->parts[k];
        __builtin_prefetch(&linear->weights[part->feature]);
        part->value *= grams->counts ? (float)part->count : 1;
        squares += (double)part->value * part->value;
    }
    if (grams->norm && squares > 0)
        length = sqrt(squares);
    score->margin = linear->base;
    for (size_t k = 0; k < score->n; k++) {
        Part *part = &score->parts[k];
        part->value = (float)(part->value / length);
        part->contribution = (double)part->value * linear->weights[part->feature];
        score->margin += part->contribution;
    }
    return DONE;
}

/* Whether `a` stands before `b` in an explanation. */
static inline int weightier(const Part *a, const Part *b)
{
    double left = fabs(a->contribution), right = fabs(b->contribution);
    return left > right || (left == right && a->feature < b->feature);
}

/* Put the weightiest parts that are not zero into `top`, which has room for `most`; return how many there are. */
static size_t score_top(const Score *score, const Part **top, size_t most)
{
    size_t n = 0;
    for (size_t k = 0; k < score->n; k++) {
        const Part *part = &score->parts[k];
        if (part->value == 0 || (n == most && !weightier(part, top[n - 1])))
            continue;
        size_t to = n < most ? n++ : n - 1;
        for (; to && weightier(part, top[to - 1]); to--)
            top[to] = top[to - 1];
        top[to] = part;
    }
    return n;
}

/* How many words a feature has. */
static inline size_t gram_words(const Grams *grams, size_t feature)
{
    size_t n = 1, first = (size_t)grams->n_unigrams;
    for (; feature >= first; n++)
        first += grams->levels[n - 1].n;
    return n;
}

#endif
