/* The character n-grams of a word and the word n-grams of a text, and the buckets they fall in, as fastText has them. */
#ifndef SUBWORDS_H
#define SUBWORDS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int64_t *items;
    size_t n, room;
} Rows;

typedef struct {
    int32_t *items;
    size_t n, room;
} Hashes;

/* Room for one item more of an array of `n`, of which `room` fit; NULL without memory. */
static void *with_room(void *items, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return items;
    size_t more = *room ? 2 * *room : 1024;
    void *larger = realloc(items, more * size);
    if (larger)
        *room = more;
    return larger;
}

static inline int rows_add(Rows *rows, int64_t row)
{
    int64_t *items = with_room(rows->items, rows->n, &rows->room, sizeof *items);
    if (!items)
        return -1;
    rows->items = items;
    items[rows->n++] = row;
    return 0;
}

static inline int hashes_add(Hashes *hashes, int32_t hash)
{
    int32_t *items = with_room(hashes->items, hashes->n, &hashes->room, sizeof *items);
    if (!items)
        return -1;
    hashes->items = items;
    items[hashes->n++] = hash;
    return 0;
}

static int continues(char byte)
{
    return (byte & 0xC0) == 0x80;
}

#define FIRST_HASH 2166136261u

/* FNV-1a; fastText widens each byte as a signed number. */
static inline uint32_t hash_on(uint32_t hash, char byte)
{
    return (hash ^ (uint32_t)(int8_t)byte) * 16777619u;
}

static uint32_t hash_of(const char *word, size_t size)
{
    uint32_t hash = FIRST_HASH;
    for (size_t k = 0; k < size; k++)
        hash = hash_on(hash, word[k]);
    return hash;
}

/* Add the row of each n-gram of minn to maxn characters: first + its bucket. `word` has `<` and `>` around it. */
static int rows_of_subwords(Rows *rows, const char *word, size_t size, int64_t minn, int64_t maxn, int64_t buckets, int64_t first)
{
    for (size_t begin = 0; begin < size; begin++) {
        if (continues(word[begin]))
            continue;
        uint32_t hash = FIRST_HASH;
        size_t end = begin;
        for (int64_t length = 1; end < size && length <= maxn; length++) {
            do
                hash = hash_on(hash, word[end++]);
            while (end < size && continues(word[end]));
            int is_edge = length == 1 && (begin == 0 || end == size);
            if (length >= minn && !is_edge && rows_add(rows, first + hash % buckets))
                return -1;
        }
    }
    return 0;
}

/* Add the row of each n-gram of 2 to `ngrams` words: first + its bucket. fastText widens hashes as signed numbers. */
static inline int rows_of_ngrams(Rows *rows, const Hashes *hashes, int64_t ngrams, int64_t buckets, int64_t first)
{
    for (size_t k = 0; k < hashes->n; k++) {
        uint64_t hash = (uint64_t)(int64_t)hashes->items[k];
        for (size_t j = k + 1; j < hashes->n && (int64_t)(j - k) < ngrams; j++) {
            hash = hash * 116049371u + (uint64_t)(int64_t)hashes->items[j];
            if (rows_add(rows, first + (int64_t)(hash % (uint64_t)buckets)))
                return -1;
        }
    }
    return 0;
}

#endif
