/* Text to the numbers of its words, in one pass: markup, entities, lower case and words as `clean` and `tokens` have it.

   What characters are comes from Python as tables, see `characters.py`. Where those say HARD, the plain Python code must
   take the text. A text is an array of code points of 1, 2 or 4 bytes with one 0 behind its end, as CPython keeps it. */
#ifndef SCAN_H
#define SCAN_H

#include "table.h"

enum { SEPARATOR, WORD, TOKEN, CONTINUES, HARD }; /* what a character in lower case is; CONTINUES: a word, not begins */
enum { DONE, PLAIN, NO_MEMORY = -1 };             /* what became of a text; PLAIN: the Python code must take it */
enum { UNKNOWN = -1, STOPPED = -2, FRESH = -3 };  /* numbers of words; FRESH - k: the word k of those not known */

#define BMP 0x10000
#define LONGEST_ENTITY 32

typedef struct {
    uint8_t ascii[256];      /* a letter or digit of ASCII in lower case, 0 for any other character */
    uint8_t classes[BMP];    /* of each character once in lower case */
    uint16_t lower[BMP];
    int32_t controls[256];   /* what &#0; to &#255; mean, -1 for nothing */
    Table entities;          /* names, with their semicolon if it is needed, to positions in `meanings` */
    uint32_t (*meanings)[2]; /* a second character of 0 is none */
} Splitter;

#define BLOCK 64 /* words that are looked up together, so that their places in memory are fetched at the same time */

typedef struct {
    const Table *known, *met; /* words with numbers; either may be NULL */
    Table fresh;              /* words with none, numbered in the order in which they come */
    int32_t *ids;             /* of all tokens */
    size_t n_ids, room;
    uint8_t *buffer; /* the words of a block, 8 bytes of zeros behind each, and the word that is being read */
    size_t buffer_room;
    struct {
        const uint8_t *word;
        size_t n;
        uint64_t hash;
    } block[BLOCK];
    size_t n_block;
    int keeps;     /* whether the words stay, for names */
    uint8_t *kept; /* the words of all tokens, one behind the other */
    size_t n_kept, kept_room;
    struct Kept {
        size_t at, n;
    } *places; /* of all tokens in `kept` */
} Numbering;

/* The number of a word that is not known. */
static int32_t number_other(Numbering *numbering, const uint8_t *word, size_t n, uint64_t hash)
{
    Table *fresh = &numbering->fresh;
    int32_t id = numbering->met ? table_get(numbering->met, word, n, hash, FRESH) : FRESH;
    if (id != FRESH)
        return id;
    if (!fresh->slots && table_open(fresh, 64, 256))
        return INT32_MIN;
    id = table_get(fresh, word, n, hash, UNKNOWN);
    if (id != UNKNOWN)
        return id;
    id = FRESH - (int32_t)fresh->used;
    return table_add_growing(fresh, word, n, hash, id) ? INT32_MIN : id;
}

/* Number the words of a block, and empty it. */
static int number_block(Numbering *numbering)
{
    size_t n = numbering->n_block;
    const Table *known = numbering->known ? numbering->known : &numbering->fresh;
    numbering->n_block = 0;
    for (size_t k = 0; k < n; k++) {
        numbering->block[k].hash = hash_word(numbering->block[k].word, numbering->block[k].n);
        if (known->slots)
            __builtin_prefetch(table_first(known, numbering->block[k].hash));
    }
    for (size_t k = 0; k < n && known->slots; k++)
        if (!is_short(numbering->block[k].n))
            __builtin_prefetch(known->arena + (table_first(known, numbering->block[k].hash)->at & ~SHORT));
    for (size_t k = 0; k < n; k++) {
        const uint8_t *word = numbering->block[k].word;
        size_t length = numbering->block[k].n;
        uint64_t hash = numbering->block[k].hash;
        int32_t id = numbering->known ? table_get(numbering->known, word, length, hash, FRESH) : FRESH;
        if (id == FRESH && (id = number_other(numbering, word, length, hash)) == INT32_MIN)
            return NO_MEMORY;
        if (numbering->keeps) {
            numbering->places[numbering->n_ids] = (struct Kept){numbering->n_kept, length};
            memcpy(numbering->kept + numbering->n_kept, word, length);
            numbering->n_kept += length;
        }
        numbering->ids[numbering->n_ids++] = id;
    }
    return DONE;
}

/* Take the word from `start` to `end`; return where the next one is to be written, or NULL without memory. */
static inline uint8_t *number_word(Numbering *numbering, uint8_t *start, uint8_t *end)
{
    memset(end, 0, 8);
    numbering->block[numbering->n_block].word = start;
    numbering->block[numbering->n_block].n = (size_t)(end - start);
    if (++numbering->n_block < BLOCK)
        return end + 8;
    return number_block(numbering) ? NULL : numbering->buffer;
}

/* Make room for a text of n characters: it has no more tokens, and each character is at most 3 bytes of a word. */
static int number_room(Numbering *numbering, size_t n)
{
    if (numbering->n_ids + n + 1 > numbering->room) {
        size_t room = 2 * numbering->n_ids + n + 1;
        int32_t *ids = realloc(numbering->ids, room * sizeof *ids);
        if (!ids)
            return NO_MEMORY;
        numbering->ids = ids;
        struct Kept *places = numbering->keeps ? realloc(numbering->places, room * sizeof *places) : NULL;
        if (numbering->keeps && !places)
            return NO_MEMORY;
        numbering->places = places;
        numbering->room = room;
    }
    if (numbering->keeps && numbering->n_kept + 3 * n + 1 > numbering->kept_room) {
        size_t room = 2 * numbering->n_kept + 3 * n + 1;
        uint8_t *kept = realloc(numbering->kept, room);
        if (!kept)
            return NO_MEMORY;
        numbering->kept = kept;
        numbering->kept_room = room;
    }
    size_t size = 3 * n + 8 * (BLOCK + 1);
    if (size > numbering->buffer_room) {
        uint8_t *buffer = realloc(numbering->buffer, size);
        if (!buffer)
            return NO_MEMORY;
        numbering->buffer = buffer;
        numbering->buffer_room = size;
    }
    numbering->n_block = 0;
    return DONE;
}

static void number_close(Numbering *numbering)
{
    table_close(&numbering->fresh);
    free(numbering->ids);
    free(numbering->buffer);
    free(numbering->kept);
    free(numbering->places);
}

static inline uint8_t *put_utf8(uint8_t *to, uint32_t c)
{
    if (c >= 0x800) {
        *to++ = (uint8_t)(0xe0 | c >> 12);
        *to++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    } else
        *to++ = (uint8_t)(0xc0 | c >> 6);
    *to++ = (uint8_t)(0x80 | (c & 0x3f));
    return to;
}

/* Take one character: it goes on with the word between `*start` and `*end`, ends it, or is a token itself. */
static inline int put(const Splitter *splitter, Numbering *numbering, uint8_t **start, uint8_t **end, uint32_t c)
{
    int class = c < BMP ? splitter->classes[c] : c - 0x1f300 < 0x800 ? SEPARATOR : HARD; /* beyond: pictures, or letters */
    if (class == WORD) {
        c = splitter->lower[c];
        if (c < 0x80)
            *(*end)++ = (uint8_t)c;
        else
            *end = put_utf8(*end, c);
        return DONE;
    }
    if (class == HARD || (class == CONTINUES && *start < *end))
        return PLAIN;
    if (*start < *end && !(*start = *end = number_word(numbering, *start, *end)))
        return NO_MEMORY;
    if (class == TOKEN) {
        *(*end)++ = (uint8_t)c; /* of ASCII */
        if (!(*start = *end = number_word(numbering, *start, *end)))
            return NO_MEMORY;
    }
    return DONE;
}

#define INLINE static inline __attribute__((always_inline))
#define AT(i) (kind == 1 ? ((const uint8_t *)text)[i] : kind == 2 ? ((const uint16_t *)text)[i] : ((const uint32_t *)text)[i])

/* The position of the next `>` from i on, or n. */
INLINE size_t find_end(const void *text, size_t n, int kind, size_t i)
{
    if (kind == 1) {
        const uint8_t *found = memchr((const uint8_t *)text + i, '>', n - i);
        return found ? (size_t)(found - (const uint8_t *)text) : n;
    }
    while (i < n && AT(i) != '>')
        i++;
    return i;
}

static inline int digit_of(uint32_t c)
{
    return c - '0' < 10 ? (int)(c - '0') : (c | 32) - 'a' < 6 ? (int)((c | 32) - 'a') + 10 : 99;
}

/* Read the reference that may stand at i, behind its `&`: put what it means into `meaning`, 0 for nothing, as
   `html.unescape` has it; return where it ends, or i if it is none. */
INLINE size_t reference(const Splitter *splitter, const void *text, size_t n, int kind, size_t i, uint32_t meaning[2])
{
    meaning[0] = meaning[1] = 0;
    if (AT(i) == '#') {
        int base = (AT(i + 1) | 32) == 'x' ? 16 : 10; /* a # is before the end, so there is something behind it */
        size_t k = i + 1 + (base == 16), start = k;
        uint32_t number = 0;
        for (; k < n && digit_of(AT(k)) < base; k++)
            number = number > 0x10ffff ? number : number * (uint32_t)base + (uint32_t)digit_of(AT(k));
        if (k == start)
            return i;
        if (number < 256)
            number = splitter->controls[number] < 0 ? 0 : (uint32_t)splitter->controls[number];
        else if (number - 0xd800 < 0x800 || number > 0x10ffff)
            number = 0xfffd;
        else if (number - 0xfdd0 < 32 || (number & 0xfffe) == 0xfffe)
            number = 0; /* not a character */
        meaning[0] = number;
        return k + (AT(k) == ';');
    }
    uint8_t name[LONGEST_ENTITY + 1 + 8];
    size_t length = 0;
    for (; length < LONGEST_ENTITY && i + length < n; length++) {
        uint32_t c = AT(i + length);
        if (c - '0' >= 10 && (c | 32) - 'a' >= 26)
            break;
        name[length] = (uint8_t)c;
    }
    if (AT(i + length) == ';')
        name[length++] = ';';
    for (; length > 1; length--) { /* the longest name that is a beginning of it */
        memset(name + length, 0, 8);
        int32_t found = table_get(&splitter->entities, name, length, hash_word(name, length), -1);
        if (found >= 0) {
            memcpy(meaning, splitter->meanings[found], sizeof splitter->meanings[found]);
            return i + length;
        }
    }
    return i;
}

#ifdef __SSE2__
#include <emmintrin.h>
#define STEP 16

/* Copy STEP characters in lower case, and return how many of them come before one that is no letter or digit of ASCII. */
static inline size_t letters(const uint8_t *from, uint8_t *to)
{
    __m128i c = _mm_loadu_si128((const __m128i *)from), lower = _mm_or_si128(c, _mm_set1_epi8(0x20));
    __m128i letter = _mm_sub_epi8(lower, _mm_set1_epi8('a')), digit = _mm_sub_epi8(c, _mm_set1_epi8('0'));
    __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);
    __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
    _mm_storeu_si128((__m128i *)to, lower); /* digits stay what they are */
    return (size_t)__builtin_ctz(~(unsigned)_mm_movemask_epi8(_mm_or_si128(is_letter, is_digit)));
}
#else
#define STEP SIZE_MAX /* no text is as long */

static inline size_t letters(const uint8_t *from, uint8_t *to)
{
    return 0;
}
#endif

INLINE int scan_kind(const Splitter *splitter, Numbering *numbering, const void *text, size_t n, int kind)
{
    uint8_t *start = numbering->buffer, *end = start;
    int tags = 1; /* whether one may still end */
    for (size_t i = 0;;) {
        uint32_t c;
        uint8_t letter;
        if (kind == 1 && n - i >= STEP) {
            size_t run = letters((const uint8_t *)text + i, end);
            end += run;
            i += run;
            if (run == STEP)
                continue;
        }
        while ((c = AT(i)) < 256 && (letter = splitter->ascii[c])) { /* stops at the 0 behind the text at the latest */
            *end++ = letter;
            i++;
        }
        if (i >= n)
            break;
        i++;
        if (c == '<' && tags) {
            uint32_t next = AT(i);
            if ((next | 32) - 'a' < 26 || next == '/' || next == '!' || next == '?') {
                size_t close = find_end(text, n, kind, i);
                if (close < n) {
                    i = close + 1;
                    c = ' ';
                } else
                    tags = 0;
            }
        } else if (c == '&') {
            uint32_t meaning[2];
            size_t after = reference(splitter, text, n, kind, i, meaning);
            if (after > i) {
                i = after;
                for (int k = 0; k < 2 && meaning[k]; k++) {
                    int status = put(splitter, numbering, &start, &end, meaning[k]);
                    if (status)
                        return status;
                }
                continue;
            }
        }
        int status = put(splitter, numbering, &start, &end, c);
        if (status)
            return status;
    }
    if (start < end && !number_word(numbering, start, end))
        return NO_MEMORY;
    return number_block(numbering);
}

/* Whether `part` stands at i; the 0 behind the text is part of none. */
INLINE int stands(const void *text, int kind, size_t i, const char *part)
{
    for (; *part; part++, i++)
        if (AT(i) != (uint8_t)*part)
            return 0;
    return 1;
}

INLINE void set(void *text, int kind, size_t i, uint32_t c)
{
    if (kind == 1)
        ((uint8_t *)text)[i] = (uint8_t)c;
    else if (kind == 2)
        ((uint16_t *)text)[i] = (uint16_t)c;
    else
        ((uint32_t *)text)[i] = c;
}

/* Copy the text with a space for each comment, and a 0 behind it; return its new length. */
INLINE size_t without_comments(const void *text, size_t n, int kind, void *to)
{
    size_t length = 0;
    int comments = 1; /* whether one may still end */
    for (size_t i = 0; i < n; length++) {
        size_t k = i;
        if (comments && stands(text, kind, i, "<!--")) {
            for (k += 4; k < n && !stands(text, kind, k, "-->"); k++)
                ;
            comments = k < n;
        }
        int is_comment = k > i && k < n;
        set(to, kind, length, is_comment ? ' ' : AT(i));
        i = is_comment ? k + 3 : i + 1;
    }
    set(to, kind, length, 0);
    return length;
}

INLINE int split_kind(const Splitter *splitter, Numbering *numbering, const void *text, size_t n, int kind)
{
    size_t i = 0;
    if (kind == 1) {
        const uint8_t *found = memmem(text, n, "<!--", 4);
        i = found ? (size_t)(found - (const uint8_t *)text) : n;
    } else
        while (i < n && !stands(text, kind, i, "<!--"))
            i++;
    if (i == n)
        return scan_kind(splitter, numbering, text, n, kind);
    void *copy = malloc((n + 1) * (size_t)kind);
    if (!copy)
        return NO_MEMORY;
    int status = scan_kind(splitter, numbering, copy, without_comments(text, n, kind, copy), kind);
    free(copy);
    return status;
}

/* Append the numbers of the words of a text. Where the result is PLAIN some may be there already. */
static int split_text(const Splitter *splitter, Numbering *numbering, const void *text, size_t n, int kind)
{
    if (number_room(numbering, n))
        return NO_MEMORY;
    return kind == 1   ? split_kind(splitter, numbering, text, n, 1)
           : kind == 2 ? split_kind(splitter, numbering, text, n, 2)
                       : split_kind(splitter, numbering, text, n, 4);
}

/* Append the numbers of words that are separated by single spaces. */
static int split_plain(Numbering *numbering, const char *words, size_t n)
{
    if (number_room(numbering, n))
        return NO_MEMORY;
    uint8_t *to = numbering->buffer;
    for (size_t start = 0, end; start < n; start = end + 1) {
        for (end = start; end < n && words[end] != ' '; end++)
            ;
        memcpy(to, words + start, end - start);
        if (!(to = number_word(numbering, to, to + (end - start))))
            return NO_MEMORY;
    }
    return number_block(numbering);
}

#endif
