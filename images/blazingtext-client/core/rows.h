/* Vectors as rows of single precision: scalar products of one row with several, and weighted sums of several.

   A row is padded with zeros to whole groups of eight, the numbers of one AVX register. Up to WIDTH rows are worked on at
   once, so that each number of the row they have in common is loaded once, and sums stay in registers. */
#ifndef ROWS_H
#define ROWS_H

#include <stddef.h>
#include <stdlib.h>

#define WIDTH 6
#define LINES 128 /* bytes: a cache line, and the one that a processor loads with it */
#define INLINE static inline __attribute__((always_inline))

/* Before a function with hot loops. The machine chooses its version when the module is loaded; a sanitizer is not ready for
   that. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define VERSIONS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VERSIONS
#endif

typedef float Eight __attribute__((vector_size(32), aligned(4), may_alias));

/* Memory that shares no cache line with what another thread writes: with each write it would go from one processor to the
   other. */
INLINE void *alone(size_t size)
{
    return aligned_alloc(LINES, (size + LINES - 1) / LINES * LINES);
}

/* Have a row loaded that will be changed. On x86-64, compilers make of `__builtin_prefetch(place, 1)` a load for reading,
   and the first write must ask the other processors for the cache line again. */
INLINE float *load(float *row, size_t dim)
{
    for (size_t d = 0; d < dim; d += 16)
#ifdef __x86_64__
        __asm__ volatile("prefetchw %0" : : "m"(row[d]));
#else
        __builtin_prefetch(row + d, 1);
#endif
    return row;
}

INLINE float total(Eight sums)
{
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

INLINE void products_of(const int width, const float *row, float *const *others, size_t dim, float *products)
{
    Eight sums[WIDTH] = {{0}};
    for (size_t d = 0; d < dim; d += 8) {
        Eight numbers = *(const Eight *)(row + d);
        for (int k = 0; k < width; k++)
            sums[k] += numbers * *(const Eight *)(others[k] + d);
    }
    for (int k = 0; k < width; k++)
        products[k] = total(sums[k]);
}

INLINE void add_of(const int width, float *row, float *const *others, const float *weights, size_t stride, size_t dim)
{
    for (size_t d = 0; d < dim; d += 8) {
        Eight sum = *(Eight *)(row + d);
        for (int k = 0; k < width; k++)
            sum += weights[(size_t)k * stride] * *(const Eight *)(others[k] + d);
        *(Eight *)(row + d) = sum;
    }
}

/* products[k] = row . others[k] */
INLINE void products(const float *row, float *const *others, size_t n, size_t dim, float *result)
{
    for (; n >= WIDTH; n -= WIDTH, others += WIDTH, result += WIDTH)
        products_of(WIDTH, row, others, dim, result);
    switch (n) { /* each with a constant width, so that its loops are unrolled */
    case 5: products_of(5, row, others, dim, result); break;
    case 4: products_of(4, row, others, dim, result); break;
    case 3: products_of(3, row, others, dim, result); break;
    case 2: products_of(2, row, others, dim, result); break;
    case 1: products_of(1, row, others, dim, result); break;
    }
}

/* row += the sum of weights[k * stride] * others[k] */
INLINE void add_weighted(float *row, float *const *others, const float *weights, size_t stride, size_t n, size_t dim)
{
    for (; n >= WIDTH; n -= WIDTH, others += WIDTH, weights += WIDTH * stride)
        add_of(WIDTH, row, others, weights, stride, dim);
    switch (n) {
    case 5: add_of(5, row, others, weights, stride, dim); break;
    case 4: add_of(4, row, others, weights, stride, dim); break;
    case 3: add_of(3, row, others, weights, stride, dim); break;
    case 2: add_of(2, row, others, weights, stride, dim); break;
    case 1: add_of(1, row, others, weights, stride, dim); break;
    }
}

/* row += other */
INLINE void add(float *row, const float *other, size_t dim)
{
    for (size_t d = 0; d < dim; d += 8)
        *(Eight *)(row + d) += *(const Eight *)(other + d);
}

#endif
