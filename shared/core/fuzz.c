/* What libFuzzer calls: any bytes as a text of characters of 1, 2 or 4 bytes, then as the words of rows and as keys to count.
   Nothing is compared, the sanitizers watch. `python -m bench.hostile.core` builds and runs it. TABLES names the file with the
   tables of characters and references that it writes. */
#define _GNU_SOURCE
#include <stdio.h>

#include "count.h"
#include "score.h"

static Splitter splitter;
static Table known;
static Grams grams, model; /* the same n-grams, with the weights of a model */

static void add(Table *table, const char *word, int32_t value)
{
    uint8_t padded[64 + 8] = {0};
    size_t n = strlen(word);
    memcpy(padded, word, n);
    if (table_add_growing(table, padded, n, hash_word(padded, n), value))
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const int64_t pairs[] = {1, 2, 5, 9}, triples[] = {0, 3, 6};
    static const float weights[] = {1, 0, -2, 4}, models[] = {-1, 3, 0, 2};
    char name[64];
    unsigned first, second;
    FILE *tables = fopen(getenv("TABLES"), "rb");
    if (!tables || fread(splitter.classes, sizeof splitter.classes, 1, tables) != 1 ||
        fread(splitter.lower, sizeof splitter.lower, 1, tables) != 1 ||
        fread(splitter.controls, sizeof splitter.controls, 1, tables) != 1)
        abort();
    secrets[0] = 0x9e3779b97f4a7c15;
    secrets[1] = 0xbf58476d1ce4e5b9;
    splitter.meanings = calloc(4096, sizeof *splitter.meanings);
    if (table_open(&splitter.entities, 16, 16) || table_open(&known, 16, 64))
        abort();
    for (int k = 0; fscanf(tables, "%63s %u %u", name, &first, &second) == 3; k++) {
        add(&splitter.entities, name, k);
        splitter.meanings[k][0] = first;
        splitter.meanings[k][1] = second;
    }
    fclose(tables);
    for (int c = 0; c < 128; c++)
        if (splitter.classes[c] == WORD)
            splitter.ascii[c] = (uint8_t)splitter.lower[c];
    const char *words[] = {"a", "good", "film", "\xc3\xa9"};
    for (int k = 0; k < 4; k++)
        add(&known, words[k], k);
    add(&known, "the", STOPPED);
    for (int scores = 0; scores < 2; scores++) {
        Grams *one = scores ? &model : &grams;
        uint32_t slots[2][4];
        *one = (Grams){4, 11, 2, calloc(2, sizeof(Level)), calloc(4, sizeof *one->unigrams), !scores, 1, scores, NULL};
        for (int k = 0; k < 4; k++) {
            one->unigrams[k][0] = weights[k];
            one->unigrams[k][1] = models[k];
        }
        if (level_open(&one->levels[0], pairs, weights, scores ? models : NULL, 4, 5, NULL, 4, slots[0]) ||
            level_open(&one->levels[1], triples, NULL, scores ? models : NULL, 3, 5, slots[0], 4, slots[1]))
            abort();
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    int kind = (int[]){1, 2, 4, 1}[*data & 3];
    size_t n = (size - 1) / (size_t)kind;
    uint8_t *text = calloc(n + 1, (size_t)kind); /* of the exact size, so that a byte too many is noticed */
    memcpy(text, data + 1, n * (size_t)kind);
    for (size_t k = 0; kind == 4 && k < n; k++)
        ((uint32_t *)text)[k] %= 0x110000;
    Numbering numbering = {.known = *data & 4 ? &known : NULL};
    int status = split_text(&splitter, &numbering, text, n, kind);
    if (status == NO_MEMORY || split_plain(&numbering, (const char *)data, size))
        abort();
    Rows rows = {0};
    for (size_t k = 0; k + 4 < numbering.n_ids; k++)
        numbering.ids[k] = *data & 8 ? (int32_t)data[k % size] - 3 : numbering.ids[k];
    if (grams_row(&grams, numbering.ids, numbering.n_ids, &rows))
        abort();
    for (size_t k = 1; k < rows.n; k++)
        if (rows.features[k] <= rows.features[k - 1] || rows.features[k] >= grams.n_features)
            abort();
    Score *score = score_open(&model);
    size_t top[3];
    if (!score || score_text(&model, 1, numbering.ids, numbering.n_ids, score) || score->rows.n_found > model.n_features)
        abort();
    for (size_t k = score_top(&model, score, top, 3), words; k--;)
        if (score_feature(&model, score->rows.found[top[k]] >> 32, &words) >= model.n_features || words > 3)
            abort();
    score_leave(&model, score);
    size_t n_keys = size / 8;
    int64_t *keys = calloc(n_keys + 1, sizeof *keys);
    memcpy(keys, data, 8 * n_keys);
    Counts counts = {0};
    if (counts_of(&counts, keys, n_keys, 2))
        abort();
    for (size_t k = 0; k < n_keys; k++)
        if (counts.places[k] >= 0 && counts.keys[counts.places[k]] != keys[k])
            abort();
    counts_free(&counts);
    free(keys);
    free(text);
    rows_close(&rows);
    number_close(&numbering);
    return 0;
}
