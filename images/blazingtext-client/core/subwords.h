/* The character n-grams of a word, and the buckets they fall in, as fastText has them. */
#ifndef SUBWORDS_H
#define SUBWORDS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int64_t *items;
    size_t n, room;
} Rows;

static int rows_add(Rows *rows, int64_t row)
{
    if (rows->n == rows->room) {
        size_t room = rows->room ? 2 * rows->room : 1024;
        int64_t *larger = realloc(rows->items, room * sizeof *larger);
        if (!larger)
            return -1;
        rows->items = larger;
        rows->room = room;
    }
    rows->items[rows->n++] = row;
    return 0;
}

static int continues(char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Add the row of each n-gram of minn to maxn characters: first + its bucket. `word` has `<` and `>` around it. */
static int rows_of_subwords(Rows *rows, const char *word, size_t size, int64_t minn, int64_t maxn, int64_t buckets, int64_t first)
{
    for (size_t begin = 0; begin < size; begin++) {
        if (continues(word[begin]))
            continue;
        uint32_t hash = 2166136261u; /* FNV-1a; fastText widens each byte as a signed number */
        size_t end = begin;
        for (int64_t length = 1; end < size && length <= maxn; length++) {
            do
                hash = (hash ^ (uint32_t)(int8_t)word[end++]) * 16777619u;
            while (end < size && continues(word[end]));
            int is_edge = length == 1 && (begin == 0 || end == size);
            if (length >= minn && !is_edge && rows_add(rows, first + hash % buckets))
                return -1;
        }
    }
    return 0;
}

#endif
