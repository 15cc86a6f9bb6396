/* Words of a text as numbers to the margin of a linear model, without a row: see `scorers.py` of the image. */
#ifndef SCORE_H
#define SCORE_H

#include "grams.h"

/* What scoring one text after another needs, and what it leaves of the last one. */
typedef struct {
    Rows rows;             /* the features of a text, each once, in the order of its words, shorter n-grams first */
    double *contributions; /* of each of them to the margin */
    size_t room;
    uint64_t *seen; /* a bit for each slot, set while features are looked for twice */
    double margin;
} Score;

#define SPARE 10000 /* words and n-grams of a text for which a spare is worth keeping */

static void score_close(Score *score)
{
    if (!score)
        return;
    rows_close(&score->rows);
    free(score->contributions);
    free(score->seen);
    free(score);
}

/* Take what the last call has left, so that not every call asks for memory; or NULL without memory. */
static Score *score_open(Grams *grams)
{
    Score *score = atomic_exchange(&grams->spare, NULL);
    if (score)
        return score;
    size_t slots = (size_t)grams->n_unigrams;
    for (size_t l = 0; l < grams->n_levels; l++)
        slots += 4 * grams->levels[l].lines;
    score = calloc(1, sizeof *score);
    if (score && !(score->seen = calloc(slots / 64 + 1, sizeof *score->seen))) {
        free(score);
        return NULL;
    }
    return score;
}

static void score_leave(Grams *grams, Score *score)
{
    score_close(score && score->rows.scratch > SPARE ? score : atomic_exchange(&grams->spare, score));
}

/* Leave each feature once, where it first stands. Without a branch that the processor would guess wrong. */
static void score_distinct(Score *score)
{
    Rows *rows = &score->rows;
    size_t n = 0;
    for (size_t k = 0; k < rows->n_found; k++) {
        uint64_t found = rows->found[k], bit = (uint64_t)1 << (found >> 32 & 63), *seen = &score->seen[found >> 38];
        rows->found[n] = found;
        rows->models[n] = rows->models[k];
        rows->starts[n] = rows->starts[k];
        n += !(*seen & bit);
        *seen |= bit;
    }
    rows->n_found = n;
    for (size_t k = 0; k < n; k++)
        score->seen[rows->found[k] >> 38] = 0;
}

/* Four sums at a time, always the same four: an addition takes longer than to begin the next. */
static double sum(const double *numbers, size_t n)
{
    double sums[4] = {0};
    size_t k = 0;
    for (; k + 4 <= n; k += 4)
        for (int lane = 0; lane < 4; lane++)
            sums[lane] += numbers[k + (size_t)lane];
    for (; k < n; k++)
        sums[0] += numbers[k];
    return sums[0] + sums[1] + (sums[2] + sums[3]);
}

/* The margin of a text, and what each feature contributes to it, given the numbers of its words. Sums are added in the order
   of the text, so they are the same in every process. Features must not be counted. */
static int score_text(const Grams *grams, double base, const int32_t *ids, size_t n, Score *score)
{
    Rows *rows = &score->rows;
    void *larger;
    if (grams_find(grams, ids, n, rows))
        return NO_MEMORY;
    if (rows->scratch > score->room) {
        if (GROW(score->contributions, rows->scratch))
            return NO_MEMORY;
        score->room = rows->scratch;
    }
    score_distinct(score);
    double length = 1, *contributions = score->contributions;
    if (grams->norm) {
        for (size_t k = 0; k < rows->n_found; k++)
            contributions[k] = (double)weight_of(rows->found[k]) * weight_of(rows->found[k]);
        double squares = sum(contributions, rows->n_found);
        length = squares > 0 ? sqrt(squares) : 1;
    }
    for (size_t k = 0; k < rows->n_found; k++)
        contributions[k] = (double)(float)(weight_of(rows->found[k]) / length) * rows->models[k];
    score->margin = base + sum(contributions, rows->n_found);
    return DONE;
}

/* The feature that stands in a slot, and how many words it has. */
static size_t score_feature(const Grams *grams, size_t slot, size_t *words)
{
    size_t before = (size_t)grams->n_unigrams, l = 0;
    *words = 1;
    if (slot < before)
        return slot;
    for (slot -= before; slot >= 4 * grams->levels[l].lines; l++) {
        slot -= 4 * grams->levels[l].lines;
        before += grams->levels[l].n;
    }
    *words = l + 2;
    return before + grams->levels[l].places[slot];
}

/* Whether a feature stands before another in an explanation: the first of equals is the lower one. */
static int weightier(const Grams *grams, const Score *score, size_t a, size_t b)
{
    double left = fabs(score->contributions[a]), right = fabs(score->contributions[b]);
    size_t words;
    return left != right ? left > right
                         : score_feature(grams, score->rows.found[a] >> 32, &words) <
                               score_feature(grams, score->rows.found[b] >> 32, &words);
}

/* Put the weightiest features, those aside that are zero, into `top`, which has room for `most`; return how many there are. */
static size_t score_top(const Grams *grams, const Score *score, size_t *top, size_t most)
{
    size_t n = 0;
    for (size_t k = 0; k < score->rows.n_found; k++) {
        if (weight_of(score->rows.found[k]) == 0 || (n == most && !weightier(grams, score, k, top[n - 1])))
            continue;
        size_t to = n < most ? n++ : n - 1;
        for (; to && weightier(grams, score, k, top[to - 1]); to--)
            top[to] = top[to - 1];
        top[to] = k;
    }
    return n;
}

#endif
