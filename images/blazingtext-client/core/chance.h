/* Random numbers: SplitMix64 (Steele, Lea, Flood 2014), and words drawn by Walker's alias method. */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdint.h>

/* Row k of the table: word k is drawn if 32 random bits are below `least`, else word `other`. */
typedef struct {
    uint32_t least;
    int32_t other;
} Alias;

static inline uint64_t draw(uint64_t *state)
{
    uint64_t bits = *state += 0x9E3779B97F4A7C15u;
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
    return bits ^ bits >> 31;
}

/* A number below n, which is less than 2^32, from the upper half of the bits. */
static inline uint32_t below(uint64_t bits, uint64_t n)
{
    return (uint32_t)((bits >> 32) * n >> 32);
}

static inline int32_t draw_word(uint64_t *state, const Alias *table, int64_t n_words)
{
    uint64_t bits = draw(state);
    uint32_t k = below(bits, (uint64_t)n_words);
    return (uint32_t)bits < table[k].least ? (int32_t)k : table[k].other;
}

#endif
