/* Words of a text as numbers to its row: which words and n-grams it has, each times its weight. See `ngrams.py`. */
#ifndef GRAMS_H
#define GRAMS_H

#include "scan.h"

typedef struct {
    size_t n, mask;
    int64_t *keys;   /* ascending */
    uint64_t *slots; /* upper half: that of the key's hash; lower half: its position + 1, 0 if the slot is empty */
} Level;

typedef struct {
    int64_t n_unigrams;
    size_t n_features, n_levels; /* a level for bigrams, one for trigrams, ... */
    Level *levels;
    float *weights; /* of each feature, or NULL */
    int counts;     /* whether how often a feature occurs matters */
} Grams;

typedef struct {
    uint32_t *features; /* of all rows */
    float *values;
    size_t n, room;
    uint32_t *found, *sorted; /* of one row */
    int64_t *index;           /* where an n-gram starts: its position among those of its length */
    uint32_t *start;
    uint64_t *hash;
    size_t scratch;
} Rows;

static inline uint64_t hash_key(int64_t key)
{
    return multiply((uint64_t)key ^ secrets[0], secrets[1]);
}

/* Index ascending keys, at most 2^31 - 1, which stay in use; 0, or -1 without memory. */
static int level_open(Level *level, int64_t *keys, size_t n)
{
    size_t slots = 16;
    while (slots < 2 * n)
        slots *= 2;
    *level = (Level){n, slots - 1, keys, calloc(slots, sizeof *level->slots)};
    for (size_t k = 0; level->slots && k < n; k++) {
        uint64_t hash = hash_key(keys[k]);
        size_t at = hash & level->mask;
        while (level->slots[at])
            at = (at + 1) & level->mask;
        level->slots[at] = (hash >> 32) << 32 | (k + 1);
    }
    return level->slots ? 0 : -1;
}

static inline int64_t level_find(const Level *level, int64_t key, uint64_t hash)
{
    for (size_t at = hash & level->mask;; at = (at + 1) & level->mask) {
        uint64_t slot = level->slots[at];
        if (slot == 0)
            return UNKNOWN;
        int64_t position = (int64_t)(uint32_t)slot - 1;
        if (slot >> 32 == hash >> 32 && level->keys[position] == key)
            return position;
    }
}

static void grams_close(Grams *grams)
{
    for (size_t k = 0; k < grams->n_levels; k++) {
        free(grams->levels[k].keys);
        free(grams->levels[k].slots);
    }
    free(grams->levels);
    free(grams->weights);
}

static void rows_close(Rows *rows)
{
    free(rows->features);
    free(rows->values);
    free(rows->found);
    free(rows->sorted);
    free(rows->index);
    free(rows->start);
    free(rows->hash);
}

#define GROW(array, n) ((larger = realloc(array, (n) * sizeof *(array))) ? ((array) = larger, DONE) : NO_MEMORY)

static int rows_room(Rows *rows, size_t n, size_t n_levels)
{
    size_t most = n * (n_levels + 1);
    void *larger;
    if (rows->n + most > rows->room) {
        size_t room = 2 * rows->n + most;
        if (GROW(rows->features, room) || GROW(rows->values, room))
            return NO_MEMORY;
        rows->room = room;
    }
    if (most > rows->scratch) {
        if (GROW(rows->found, most) || GROW(rows->sorted, most) || GROW(rows->index, most) || GROW(rows->start, most) ||
            GROW(rows->hash, most))
            return NO_MEMORY;
        rows->scratch = most;
    }
    return DONE;
}

#define DIGIT_BITS 11
#define FEW 48 /* numbers that are sorted faster by insertion */

/* Sort numbers below `limit`; return where they are, in `numbers` or in `other`. */
static uint32_t *sort(uint32_t *numbers, uint32_t *other, size_t n, size_t limit)
{
    if (n <= FEW) {
        for (size_t k = 1; k < n; k++) {
            uint32_t number = numbers[k];
            size_t to = k;
            for (; to && numbers[to - 1] > number; to--)
                numbers[to] = numbers[to - 1];
            numbers[to] = number;
        }
        return numbers;
    }
    for (int shift = 0; shift < 32 && (limit - 1) >> shift; shift += DIGIT_BITS) {
        uint32_t starts[(1 << DIGIT_BITS) + 1] = {0}, mask = (1 << DIGIT_BITS) - 1;
        for (size_t k = 0; k < n; k++)
            starts[((numbers[k] >> shift) & mask) + 1]++;
        for (uint32_t k = 0; k < mask; k++)
            starts[k + 1] += starts[k];
        for (size_t k = 0; k < n; k++)
            other[starts[(numbers[k] >> shift) & mask]++] = numbers[k];
        uint32_t *swap = numbers;
        numbers = other;
        other = swap;
    }
    return numbers;
}

/* Append the row of a text, given the numbers of its words. Stop words are gone before n-grams are made; any other number
   that is none of a unigram is a gap. */
static int grams_row(const Grams *grams, const int32_t *ids, size_t n, Rows *rows)
{
    if (rows_room(rows, n, grams->n_levels))
        return NO_MEMORY;
    int64_t *index = rows->index;
    uint32_t *start = rows->start, *found = rows->found;
    int32_t *words = (int32_t *)rows->sorted; /* until there is something to sort; n fit */
    size_t n_words = 0, n_starts = 0, n_found = 0;
    for (size_t k = 0; k < n; k++)
        if (ids[k] != STOPPED)
            words[n_words++] = ids[k] >= 0 && ids[k] < grams->n_unigrams ? ids[k] : UNKNOWN;
    for (size_t k = 0; k < n_words; k++)
        if (words[k] >= 0) {
            found[n_found++] = (uint32_t)words[k];
            index[n_starts] = words[k];
            start[n_starts++] = (uint32_t)k;
        }
    int64_t first = grams->n_unigrams;
    for (size_t l = 0; l < grams->n_levels; l++) {
        const Level *level = &grams->levels[l];
        size_t n_wanted = 0, n_hits = 0;
        for (size_t k = 0; k < n_starts; k++) { /* the slots are fetched from memory all at the same time */
            size_t last = start[k] + l + 1;
            if (last < n_words && words[last] >= 0) {
                index[n_wanted] = index[k] * (grams->n_unigrams + 1) + words[last];
                rows->hash[n_wanted] = hash_key(index[n_wanted]);
                __builtin_prefetch(&level->slots[rows->hash[n_wanted] & level->mask]);
                start[n_wanted++] = start[k];
            }
        }
        for (size_t k = 0; k < n_wanted; k++) {
            int64_t position = level_find(level, index[k], rows->hash[k]);
            if (position >= 0) {
                found[n_found++] = (uint32_t)(first + position);
                index[n_hits] = position;
                start[n_hits++] = start[k];
            }
        }
        n_starts = n_hits;
        first += (int64_t)level->n;
    }
    found = sort(found, rows->sorted, n_found, grams->n_features);
    for (size_t k = 0, next; k < n_found; k = next) {
        for (next = k + 1; next < n_found && found[next] == found[k]; next++)
            ;
        float value = (grams->counts ? (float)(next - k) : 1.0f) * (grams->weights ? grams->weights[found[k]] : 1.0f);
        if (value != 0) {
            rows->features[rows->n] = found[k];
            rows->values[rows->n++] = value;
        }
    }
    return DONE;
}

#endif
