/* Counts equal keys, for the n-grams of a corpus: sorted by digits, so that nothing depends on how they are distributed. */
#ifndef COUNT_H
#define COUNT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_BITS 11 /* of a digit: 2,048 places that are written to in turn still fit into the cache */
#define COUNT_GROUPS 16 /* about as many parts of the keys are sorted, one after another */
#define COUNT_BINS 65536 /* parts of which groups are made */

typedef struct {
    uint64_t key;
    uint64_t at;
} Counted;

/* Sort by key, equal keys by their old order; return where they are, in `items` or in `other`. */
static Counted *count_sort(Counted *items, Counted *other, size_t n)
{
    uint64_t used = 0, mask = (1 << COUNT_BITS) - 1;
    for (size_t k = 0; k < n; k++)
        used |= items[k].key;
    for (int shift = 0; shift < 64 && used >> shift; shift += COUNT_BITS) {
        size_t starts[1 << COUNT_BITS] = {0}, sum = 0;
        for (size_t k = 0; k < n; k++)
            starts[items[k].key >> shift & mask]++;
        for (size_t k = 0; k <= mask; k++) {
            size_t count = starts[k];
            starts[k] = sum;
            sum += count;
        }
        for (size_t k = 0; k < n; k++)
            other[starts[items[k].key >> shift & mask]++] = items[k];
        Counted *swap = items;
        items = other;
        other = swap;
    }
    return items;
}

typedef struct {
    int64_t *keys, *counts; /* of what occurs often enough, by ascending key */
    size_t n, room;
    int32_t *places; /* for each key that was asked for: where it is in `keys`, -1 if it is too rare */
} Counts;

static void counts_free(Counts *counts)
{
    free(counts->keys);
    free(counts->counts);
    free(counts->places);
}

static int counts_add(Counts *counts, uint64_t key, size_t times)
{
    if (counts->n == counts->room) {
        size_t room = counts->room ? 2 * counts->room : 1024;
        int64_t *keys = room <= INT32_MAX ? realloc(counts->keys, room * 8) : NULL;
        counts->keys = keys ? keys : counts->keys;
        int64_t *more = keys ? realloc(counts->counts, room * 8) : NULL;
        counts->counts = more ? more : counts->counts;
        if (!more)
            return -1;
        counts->room = room;
    }
    counts->keys[counts->n] = (int64_t)key;
    counts->counts[counts->n++] = (int64_t)times;
    return 0;
}

/* Count the keys of one group, sorted. */
static int counts_group(Counts *counts, const Counted *sorted, size_t n, size_t least)
{
    for (size_t k = 0, next; k < n; k = next) {
        for (next = k + 1; next < n && sorted[next].key == sorted[k].key; next++)
            ;
        int frequent = next - k >= least;
        for (size_t j = k; j < next; j++)
            counts->places[sorted[j].at] = frequent ? (int32_t)counts->n : -1;
        if (frequent && counts_add(counts, sorted[k].key, next - k))
            return -1;
    }
    return 0;
}

/* Where the keys are, by their highest bits: the first group of bins with `most` keys together, or of one bin. */
static size_t counts_end(const size_t *bins, size_t bin, size_t most, size_t *size)
{
    *size = bins[bin++];
    while (bin < COUNT_BINS && *size + bins[bin] <= most)
        *size += bins[bin++];
    return bin;
}

/* Count keys, none of them negative; return 0, or -1 without memory. The groups come one after another, so that memory
   beside the result is a small part of what sorting all at once would take. */
static int counts_of(Counts *counts, const int64_t *wanted, size_t n, size_t least)
{
    size_t *bins = calloc(COUNT_BINS, sizeof *bins), size = 0;
    uint64_t used = 0;
    int shift = 0, status = bins && (counts->places = malloc((n + 1) * sizeof *counts->places)) ? 0 : -1;
    for (size_t k = 0; k < n; k++)
        used |= (uint64_t)wanted[k];
    while (used >> shift >= COUNT_BINS)
        shift++;
    for (size_t k = 0; k < n && status == 0; k++)
        bins[(uint64_t)wanted[k] >> shift]++;
    for (size_t bin = 0, end; bin < COUNT_BINS && status == 0; bin = end) {
        end = counts_end(bins, bin, n / COUNT_GROUPS + COUNT_BINS, &size);
        Counted *items = malloc((size + 1) * sizeof *items), *other = malloc((size + 1) * sizeof *other);
        status = items && other ? 0 : -1;
        for (size_t k = 0, filled = 0; filled < size && status == 0; k++)
            if ((uint64_t)wanted[k] >> shift >= bin && (uint64_t)wanted[k] >> shift < end)
                items[filled++] = (Counted){(uint64_t)wanted[k], k};
        if (status == 0)
            status = counts_group(counts, count_sort(items, other, size), size, least);
        free(items);
        free(other);
    }
    free(bins);
    return status;
}

#endif
