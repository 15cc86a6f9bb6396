/* Words of a text as numbers to its row: which words and n-grams it has, each times its weight. See `ngrams.py`. */
#ifndef GRAMS_H
#define GRAMS_H

#include <math.h>

#include "scan.h"

#define EMPTY (-1)

/* Four of them fill a line of the processor's cache, where each search begins; one in six needs another. The key is that of
   `ngrams.py`, but its beginning is told by the slot of that entry. */
typedef struct {
    int64_t key;
    union {
        uint32_t place; /* among the n-grams of this length */
        float model;    /* where a model is applied, see `score.h` */
    };
    float weight;
} Entry;

typedef struct {
    size_t n, lines;
    Entry *entries;   /* a hash table, half of it used */
    uint32_t *places; /* of the entries, where those have the weights of a model; or NULL */
} Level;

typedef struct {
    int64_t n_unigrams;
    size_t n_features, n_levels; /* a level for bigrams, one for trigrams, ... */
    Level *levels;
    float (*unigrams)[2]; /* their weights, and those of a model */
    int counts;           /* whether it matters how often a feature occurs */
    int norm;             /* whether a row is divided by its length */
    int scores;           /* whether a model is applied */
    _Atomic(void *) spare; /* for `score.h` */
} Grams;

typedef struct {
    uint32_t *features; /* of all rows */
    float *values;
    size_t n, room;
    uint64_t *found, *sorted; /* of one row: features in the upper half, the bits of their weights in the lower */
    size_t n_found;
    float *models;    /* of each that was found, its weight in a model */
    uint32_t *starts; /* and its first word */
    int32_t *words; /* of one row, without stop words */
    struct Candidate {
        int64_t key;    /* of an n-gram, which may be a feature or not */
        uint32_t line;  /* where it is looked for */
        uint32_t start; /* its first word */
        uint32_t slot;  /* of its entry, if there is one */
        uint32_t hit;
    } *candidates;
    uint32_t *pending; /* candidates that are not found yet */
    struct Run {
        uint32_t slot; /* of an n-gram that is a feature; of a word, its number */
        uint32_t start;
    } *runs;
    size_t scratch;
} Rows;

static inline size_t line_of(const Level *level, int64_t key)
{
    uint64_t hash = multiply((uint64_t)key ^ secrets[0], secrets[1]);
    return (size_t)((unsigned __int128)hash * level->lines >> 64);
}

/* Bits of the entries of a line that have this key, or are empty. A loop that ends early would be guessed wrong by the
   processor half the time, at twice the price of all four. */
static inline unsigned entries_with(const Entry *line, int64_t key)
{
    return (unsigned)(line[0].key == key) | (unsigned)(line[1].key == key) << 1 | (unsigned)(line[2].key == key) << 2 |
           (unsigned)(line[3].key == key) << 3;
}

static inline size_t next_line(const Level *level, size_t line)
{
    return line + 1 < level->lines ? line + 1 : 0;
}

#define NO_KEY (-2)

/* Index n keys and their weights, and those of a model if there is one. `before` are the slots of the n-grams that are one word
   shorter, or NULL for words; `slots` receives those of these. 0, NO_KEY for a key that no n-gram has, or -1 without memory. */
static int level_open(Level *level, const int64_t *keys, const float *weights, const float *models, size_t n, int64_t base,
                      const uint32_t *before, size_t n_before, uint32_t *slots)
{
    level->n = n;
    level->lines = n / 2 + 1;
    size_t n_slots = 4 * level->lines;
    level->entries = n_slots < UINT32_MAX ? large(n_slots * sizeof *level->entries) : NULL;
    level->places = models ? calloc(n_slots, sizeof *level->places) : NULL;
    if (!level->entries || (models && !level->places))
        return NO_MEMORY;
    for (size_t k = 0; k < n_slots; k++)
        level->entries[k].key = EMPTY;
    for (size_t k = 0; k < n; k++) {
        if (keys[k] < 0 || (size_t)(keys[k] / base) >= n_before)
            return NO_KEY;
        int64_t key = before ? before[keys[k] / base] * base + keys[k] % base : keys[k];
        size_t line = line_of(level, key);
        unsigned empty;
        while (!(empty = entries_with(&level->entries[4 * line], EMPTY)))
            line = next_line(level, line);
        slots[k] = (uint32_t)(4 * line) + (uint32_t)__builtin_ctz(empty);
        Entry *entry = &level->entries[slots[k]];
        *entry = (Entry){.key = key, .place = (uint32_t)k, .weight = weights ? weights[k] : 1};
        if (models) {
            entry->model = models[k];
            level->places[slots[k]] = (uint32_t)k;
        }
    }
    return DONE;
}

static void grams_close(Grams *grams)
{
    for (size_t k = 0; k < grams->n_levels; k++) {
        free(grams->levels[k].entries);
        free(grams->levels[k].places);
    }
    free(grams->levels);
    free(grams->unigrams);
}

static void rows_close(Rows *rows)
{
    free(rows->features);
    free(rows->values);
    free(rows->found);
    free(rows->sorted);
    free(rows->models);
    free(rows->starts);
    free(rows->words);
    free(rows->candidates);
    free(rows->pending);
    free(rows->runs);
}

#define GROW(array, n) ((larger = realloc(array, (n) * sizeof *(array))) ? ((array) = larger, DONE) : NO_MEMORY)

static int rows_room(Rows *rows, size_t n, size_t n_levels)
{
    size_t most = n * (n_levels + 1) + 1;
    void *larger;
    if (rows->n + most > rows->room) {
        size_t room = 2 * rows->n + most;
        if (GROW(rows->features, room) || GROW(rows->values, room))
            return NO_MEMORY;
        rows->room = room;
    }
    if (most > rows->scratch) {
        if (GROW(rows->found, most) || GROW(rows->sorted, most) || GROW(rows->models, most) || GROW(rows->starts, most) ||
            GROW(rows->words, most) || GROW(rows->candidates, most) || GROW(rows->pending, most) || GROW(rows->runs, most))
            return NO_MEMORY;
        rows->scratch = most;
    }
    return DONE;
}

#define FEW 48 /* numbers that are sorted faster by insertion */

/* Sort numbers by their upper halves, which are below `limit`; return where they are, in `numbers` or in `other`. */
static uint64_t *sort(uint64_t *numbers, uint64_t *other, size_t n, size_t limit)
{
    if (n <= FEW) {
        for (size_t k = 1; k < n; k++) {
            uint64_t number = numbers[k];
            size_t to = k;
            for (; to && numbers[to - 1] > number; to--)
                numbers[to] = numbers[to - 1];
            numbers[to] = number;
        }
        return numbers;
    }
    for (int shift = 32; shift < 64 && (limit - 1) >> (shift - 32); shift += 8) {
        uint32_t starts[257] = {0};
        for (size_t k = 0; k < n; k++)
            starts[(numbers[k] >> shift & 255) + 1]++;
        for (int k = 1; k < 256; k++)
            starts[k] += starts[k - 1];
        for (size_t k = 0; k < n; k++)
            other[starts[numbers[k] >> shift & 255]++] = numbers[k];
        uint64_t *swap = numbers;
        numbers = other;
        other = swap;
    }
    return numbers;
}

static inline uint64_t weighted(size_t feature, float weight)
{
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    return (uint64_t)feature << 32 | bits;
}

/* Find the entries of candidates whose lines are on their way from memory. Lines are fetched some time before they are needed,
   many at once: so memory is waited for a few times only. */
static void level_find(const Level *level, struct Candidate *candidates, size_t n, uint32_t *pending)
{
    for (size_t k = 0; k < n; k++)
        pending[k] = (uint32_t)k;
    while (n) {
        size_t n_now = n;
        n = 0;
        for (size_t k = 0; k < n_now; k++) {
            struct Candidate *candidate = &candidates[pending[k]];
            const Entry *line = &level->entries[4 * candidate->line];
            unsigned hit = entries_with(line, candidate->key);
            candidate->hit = hit != 0;
            candidate->slot = hit ? 4 * candidate->line + (uint32_t)__builtin_ctz(hit) : 0;
            if (!hit && !entries_with(line, EMPTY)) {
                candidate->line = (uint32_t)next_line(level, candidate->line);
                __builtin_prefetch(&level->entries[4 * candidate->line]);
                pending[n++] = pending[k];
            }
        }
    }
}

/* Find the words and n-grams of a text, given the numbers of its words: by length, and in the order of the text. They are told
   by their features or, where a model is applied, by their slots, those of one length behind those of another. Stop words are gone before n-grams are made; any other number that is none of a unigram is a gap. */
static int grams_find(const Grams *grams, const int32_t *ids, size_t n, Rows *rows)
{
    if (rows_room(rows, n, grams->n_levels))
        return NO_MEMORY;
    struct Candidate *candidates = rows->candidates;
    struct Run *runs = rows->runs;
    int32_t *words = rows->words;
    size_t n_words = 0, n_runs = 0, n_found = 0, first = (size_t)grams->n_unigrams;
    for (size_t k = 0; k < n; k++)
        if (ids[k] != STOPPED)
            words[n_words++] = ids[k] >= 0 && ids[k] < grams->n_unigrams ? ids[k] : UNKNOWN;
    for (size_t k = 0; k < n_words; k++)
        if (words[k] >= 0) {
            rows->starts[n_found] = (uint32_t)k;
            rows->models[n_found] = grams->unigrams[words[k]][1];
            rows->found[n_found++] = weighted((size_t)words[k], grams->unigrams[words[k]][0]);
            runs[n_runs++] = (struct Run){(uint32_t)words[k], (uint32_t)k};
        }
    for (size_t l = 0; l < grams->n_levels; l++) {
        const Level *level = &grams->levels[l];
        size_t n_candidates = 0;
        for (size_t k = 0; k < n_runs; k++) {
            uint32_t start = runs[k].start;
            size_t last = start + l + 1;
            if (last >= n_words || words[last] < 0)
                continue;
            int64_t key = (int64_t)runs[k].slot * (grams->n_unigrams + 1) + words[last];
            size_t line = line_of(level, key);
            __builtin_prefetch(&level->entries[4 * line]);
            candidates[n_candidates++] = (struct Candidate){key, (uint32_t)line, start, 0, 0};
        }
        level_find(level, candidates, n_candidates, rows->pending);
        n_runs = 0;
        for (size_t k = 0; k < n_candidates; k++) {
            const Entry *entry = &level->entries[candidates[k].slot];
            rows->starts[n_found] = candidates[k].start;
            rows->models[n_found] = entry->model;
            rows->found[n_found] = weighted(first + (grams->scores ? candidates[k].slot : entry->place), entry->weight);
            runs[n_runs] = (struct Run){candidates[k].slot, candidates[k].start};
            n_found += candidates[k].hit;
            n_runs += candidates[k].hit;
        }
        first += grams->scores ? 4 * level->lines : level->n;
    }
    rows->n_found = n_found;
    return DONE;
}

static inline float weight_of(uint64_t found)
{
    uint32_t bits = (uint32_t)found;
    float weight;
    memcpy(&weight, &bits, sizeof weight);
    return weight;
}

/* Append the row of a text, given the numbers of its words. */
static int grams_row(const Grams *grams, const int32_t *ids, size_t n, Rows *rows)
{
    if (grams_find(grams, ids, n, rows))
        return NO_MEMORY;
    const uint64_t *found = sort(rows->found, rows->sorted, rows->n_found, grams->n_features);
    size_t begin = rows->n;
    double squares = 0;
    for (size_t k = 0, next; k < rows->n_found; k = next) {
        uint64_t feature = found[k] >> 32;
        for (next = k + 1; next < rows->n_found && found[next] >> 32 == feature; next++)
            ;
        float value = weight_of(found[k]) * (grams->counts ? (float)(next - k) : 1);
        if (value != 0) {
            rows->features[rows->n] = (uint32_t)feature;
            rows->values[rows->n++] = value;
            squares += (double)value * value;
        }
    }
    if (grams->norm)
        for (size_t k = begin; k < rows->n; k++)
            rows->values[k] = (float)(rows->values[k] / sqrt(squares));
    return DONE;
}

#endif
