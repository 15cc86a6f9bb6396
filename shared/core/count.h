/* Counts equal keys, for the n-grams of a corpus: sorted by digits, so that nothing depends on how they are distributed. */
#ifndef COUNT_H
#define COUNT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_BITS 11 /* of a digit: 2,048 places that are written to in turn still fit into the cache */

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

/* Put the keys that occur `least` times or more into `keys`, ascending, how often into `counts`, and for each of the n
   places where they are in `keys`, -1 for a rarer one. All three have room for n. Return how many there are, or -1. */
static int64_t count_keys(const int64_t *wanted, size_t n, int64_t least, int64_t *keys, int64_t *counts, int64_t *places)
{
    Counted *items = malloc((n + 1) * sizeof *items), *other = malloc((n + 1) * sizeof *other);
    int64_t found = items && other ? 0 : -1;
    for (size_t k = 0; k < n && found == 0; k++)
        items[k] = (Counted){(uint64_t)wanted[k], k};
    const Counted *sorted = found == 0 ? count_sort(items, other, n) : NULL;
    for (size_t k = 0, next; sorted && k < n; k = next) {
        for (next = k + 1; next < n && sorted[next].key == sorted[k].key; next++)
            ;
        int frequent = (int64_t)(next - k) >= least;
        for (size_t j = k; j < next; j++)
            places[sorted[j].at] = frequent ? found : -1;
        if (frequent) {
            keys[found] = (int64_t)sorted[k].key;
            counts[found++] = (int64_t)(next - k);
        }
    }
    free(items);
    free(other);
    return found;
}

#endif
