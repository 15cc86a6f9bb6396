/* A hash table from words to numbers: open addressing, the words one after another in an arena.

   One thread may add while others look up: a slot is written whole before its hash is, and neither slots nor arena move
   unless `table_add_growing` is used, which is for tables of one thread. Nothing is ever removed.

   A word is UTF-8 in a buffer that has 8 bytes of zeros behind it, so that it is read in steps of 8 bytes. */
#ifndef TABLE_H
#define TABLE_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef struct {
    _Atomic uint64_t hash; /* 0: empty */
    uint32_t at;           /* where the word is in the arena; SHORT is added for a short one */
    int32_t value;
} Slot;

#define SHORT ((uint32_t)1 << 31)

typedef struct {
    Slot *slots; /* at most two of three used */
    size_t mask, used;
    uint64_t *arena; /* for each word its length in bytes, then its bytes, filled up with zeros */
    size_t end, room;
} Table;

/* Random for each process, so that nobody can send words that all meet in one slot. Zero until the module is loaded. */
static uint64_t secrets[2];

/* Memory for a table that is read all over: on large pages where the system has them, so that fewer must be looked up. */
static void *large(size_t size)
{
    size_t page = (size_t)2 << 20;
    void *memory = aligned_alloc(size < page ? 64 : page, size < page ? (size + 63) / 64 * 64 : (size + page - 1) / page * page);
    if (memory && size > page)
        madvise(memory, size, MADV_HUGEPAGE);
    return memory;
}

static inline uint64_t multiply(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline size_t units(size_t bytes)
{
    return (bytes + 7) / 8;
}

/* Whether a word has at most 8 bytes, as most have. No other short word has its hash, so that it need not be compared. */
static inline int is_short(size_t n)
{
    return n - 1 < 8;
}

static inline uint64_t hash_word(const uint8_t *word, size_t n)
{
    uint64_t hash, part;
    if (is_short(n)) { /* each step can be undone, and no word has a byte of zero */
        memcpy(&hash, word, 8);
        hash *= secrets[1];
        hash ^= hash >> 32;
        hash *= secrets[0] | 1;
        return hash ^ hash >> 32;
    }
    hash = secrets[0] ^ n;
    for (size_t k = 0; k < n; k += 8) {
        memcpy(&part, word + k, 8);
        hash = multiply(hash ^ part, secrets[1]);
    }
    return hash | 1;
}

static inline int same_word(const uint64_t *entry, const uint8_t *word, size_t n)
{
    uint64_t part;
    if (*entry++ != n)
        return 0;
    for (size_t k = 0; k < n; k += 8) {
        memcpy(&part, word + k, 8);
        if (*entry++ != part)
            return 0;
    }
    return 1;
}

/* The slot that the hash of a word says, to be fetched from memory while other words are looked at. */
static inline Slot *table_first(const Table *table, uint64_t hash)
{
    return &table->slots[(hash >> 20) & table->mask];
}

/* The slot of a word, or the empty one where it belongs. */
static inline Slot *table_slot(const Table *table, const uint8_t *word, size_t n, uint64_t hash)
{
    for (size_t at = hash >> 20;; at++) {
        Slot *slot = &table->slots[at & table->mask];
        uint64_t found = atomic_load_explicit(&slot->hash, memory_order_acquire);
        if (found == 0)
            return slot;
        if (found == hash && (is_short(n) ? slot->at & SHORT : !(slot->at & SHORT) && same_word(table->arena + slot->at, word, n)))
            return slot;
    }
}

static inline int32_t table_get(const Table *table, const uint8_t *word, size_t n, uint64_t hash, int32_t missing)
{
    const Slot *slot = table_slot(table, word, n, hash);
    return atomic_load_explicit(&slot->hash, memory_order_acquire) ? slot->value : missing;
}

/* Make a table for so many words of so many units together; 0, or -1 without memory. Untouched pages cost none. */
static int table_open(Table *table, size_t words, size_t room)
{
    size_t slots = 16;
    while (2 * slots < 3 * words)
        slots *= 2;
    *table = (Table){calloc(slots, sizeof(Slot)), slots - 1, 0, malloc((room + 1) * 8), 0, room};
    return table->slots && table->arena ? 0 : -1;
}

static void table_close(Table *table)
{
    free(table->slots);
    free(table->arena);
}

/* Add a word that is not there; the table has room for it, or the word is left out. */
static void table_add(Table *table, const uint8_t *word, size_t n, uint64_t hash, int32_t value)
{
    size_t at = table->end, size = 1 + units(n);
    if (3 * (table->used + 1) > 2 * (table->mask + 1) || size > table->room - at || at >= SHORT)
        return;
    table->arena[at + size - 1] = 0; /* the filling */
    table->arena[at] = n;
    memcpy(table->arena + at + 1, word, n);
    Slot *slot = table_slot(table, word, n, hash);
    slot->at = (uint32_t)at | (is_short(n) ? SHORT : 0);
    slot->value = value;
    atomic_store_explicit(&slot->hash, hash, memory_order_release);
    table->end += size;
    table->used++;
}

/* The same for a table of one thread, which becomes larger if need be; 0, or -1 without memory. */
static int table_add_growing(Table *table, const uint8_t *word, size_t n, uint64_t hash, int32_t value)
{
    if (1 + units(n) > table->room - table->end) {
        size_t room = 2 * (table->end + units(n)) + 64;
        uint64_t *arena = realloc(table->arena, (room + 1) * 8);
        if (!arena)
            return -1;
        table->arena = arena;
        table->room = room;
    }
    if (table->end >= SHORT)
        return -1;
    if (3 * (table->used + 1) > 2 * (table->mask + 1)) {
        size_t old = table->mask + 1, mask = 4 * old - 1;
        Slot *slots = calloc(mask + 1, sizeof(Slot));
        if (!slots)
            return -1;
        for (size_t k = 0; k < old; k++)
            if (table->slots[k].hash) {
                size_t to = table->slots[k].hash >> 20;
                while (slots[to & mask].hash)
                    to++;
                slots[to & mask] = table->slots[k];
            }
        free(table->slots);
        table->slots = slots;
        table->mask = mask;
    }
    table_add(table, word, n, hash, value);
    return 0;
}

#endif
