/* What the models of `linear.c` and `hidden.c` see of a headline: a row of word numbers, 0 for none. The features of a word are
   the rows of weights that `starts` and `rows` name for it, one or several; a pair's is hashed. */

#ifndef VIEW_H
#define VIEW_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define UNKNOWN 1
#define EPSILON 1e-8f /* below AdaGrad's square roots */

/* SplitMix64 (Steele, Lea, Flood 2014): its finaliser, and with it random bits. */
static inline uint64_t mixed(uint64_t bits)
{
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
    return bits ^ bits >> 31;
}

static inline uint64_t draw(uint64_t *state)
{
    return mixed(*state += 0x9E3779B97F4A7C15u);
}

/* The bucket of a pair, as `features.hashed_pairs` has it, from 0 on. */
static inline int64_t bucket_of(int32_t first, int32_t second, int64_t n_buckets)
{
    return (int64_t)(mixed(((uint64_t)first << 32) + (uint64_t)second + 0x9E3779B97F4A7C15u) % (uint64_t)n_buckets);
}

typedef struct {
    const int64_t *starts; /* of each word's rows */
    const int32_t *rows;
    int64_t n_words, n_known; /* pairs take a word from n_known on for UNKNOWN */
    int64_t pairs, n_buckets; /* the row of the first bucket, and how many there are: 0 for no pairs */
} View;

/* The rows of a headline's features into `found`; returns how many. */
static int64_t features(const View *view, const int32_t *ids, int64_t length, int32_t *found)
{
    int64_t n = 0;
    int32_t before = 0;
    for (int64_t place = 0; place < length; place++) {
        int32_t id = ids[place];
        for (int64_t at = view->starts[id]; id && at < view->starts[id + 1]; at++)
            found[n++] = view->rows[at];
        id = id < view->n_known ? id : UNKNOWN;
        if (view->n_buckets && before && id)
            found[n++] = (int32_t)(view->pairs + bucket_of(before, id, view->n_buckets));
        before = id;
    }
    return n;
}

/* Leave out the part `dropped` of 2^32 features, in place; returns how many are kept. */
static int64_t thin(int32_t *found, int64_t n, uint32_t dropped, uint64_t *state)
{
    int64_t n_kept = 0;
    for (int64_t at = 0; at < n; at++)
        if ((uint32_t)(draw(state) >> 32) >= dropped)
            found[n_kept++] = found[at];
    return n_kept;
}

/* Softmax in place, less 1 for the right class: the gradient; returns the loss. */
static float errors_of(float *scores, int64_t n_classes, int32_t label)
{
    float highest = scores[0], sum = 0;
    for (int64_t k = 1; k < n_classes; k++)
        highest = scores[k] > highest ? scores[k] : highest;
    float right = scores[label] - highest;
    for (int64_t k = 0; k < n_classes; k++)
        sum += scores[k] = expf(scores[k] - highest);
    for (int64_t k = 0; k < n_classes; k++)
        scores[k] /= sum;
    scores[label] -= 1;
    return logf(sum) - right;
}

/* Whether each word's rows, and the buckets, are rows of the model, and each word of a headline a word of the view. */
static int is_sound(const View *view, int64_t n_starts, int64_t n_entries, int64_t n_rows)
{
    if (n_starts < 2 || view->n_known < 2 || view->n_buckets < 0 || view->pairs < 0 || view->starts[0] < 0 ||
        view->pairs > n_rows || view->n_buckets > n_rows - view->pairs || view->starts[n_starts - 1] > n_entries)
        return 0;
    for (int64_t word = 0; word + 1 < n_starts; word++)
        if (view->starts[word] > view->starts[word + 1])
            return 0;
    for (int64_t at = 0; at < n_entries; at++)
        if (view->rows[at] < 0 || view->rows[at] >= n_rows)
            return 0;
    return 1;
}

static int are_below(const int32_t *numbers, int64_t n, int64_t limit)
{
    for (int64_t at = 0; at < n; at++)
        if (numbers[at] < 0 || numbers[at] >= limit)
            return 0;
    return 1;
}

static int64_t most_features(const View *view, const int32_t *ids, int64_t length)
{
    int64_t n = length;
    for (int64_t place = 0; place < length; place++)
        n += view->starts[ids[place] + 1] - view->starts[ids[place]];
    return n;
}

/* The largest `most_features` of all headlines. */
static int64_t most_of_all(const View *view, const int32_t *ids, int64_t n, int64_t length)
{
    int64_t most = 0;
    for (int64_t row = 0; row < n; row++) {
        int64_t here = most_features(view, ids + row * length, length);
        most = here > most ? here : most;
    }
    return most;
}

#endif
