/* The tables that outlive a call, as capsules: of characters, of words, of n-grams. */
#ifndef TABLES_H
#define TABLES_H

#include "memory.h"
#include "score.h"

#define REMEMBERED 64 /* bytes of the longest word worth remembering; longer ones do not come back */

typedef struct {
    Table known, met; /* words of the corpus; words that were met since */
    size_t spare;     /* how many of these are remembered at most */
} Words;

/* Fill a table from a dict of str to int. */
static int table_of(Table *table, PyObject *numbers)
{
    PyObject *key, *value;
    Py_ssize_t position = 0, size;
    if (table_open(table, (size_t)PyDict_GET_SIZE(numbers), 4 * (size_t)PyDict_GET_SIZE(numbers)))
        return -1;
    uint8_t *word = NULL;
    while (PyDict_Next(numbers, &position, &key, &value)) {
        const char *utf8 = PyUnicode_AsUTF8AndSize(key, &size);
        long number = PyLong_AsLong(value);
        uint8_t *larger = utf8 ? realloc(word, (size_t)size + 8) : NULL;
        if (!larger || PyErr_Occurred() || number < STOPPED || number > INT32_MAX) {
            if (!PyErr_Occurred())
                PyErr_Format(PyExc_ValueError, "%R is not the number of a word", value);
            free(larger ? larger : word);
            return -1;
        }
        word = larger;
        memcpy(word, utf8, (size_t)size);
        memset(word + size, 0, 8);
        if (table_add_growing(table, word, (size_t)size, hash_word(word, (size_t)size), (int32_t)number)) {
            free(word);
            return -1;
        }
    }
    free(word);
    return 0;
}

static void splitter_free(PyObject *capsule)
{
    Splitter *splitter = PyCapsule_GetPointer(capsule, "splitter");
    table_close(&splitter->entities);
    free(splitter->meanings);
    free(splitter);
}

static PyObject *core_splitter(PyObject *module, PyObject *args)
{
    PyObject *classes, *lower, *controls, *entities, *meanings;
    if (!PyArg_ParseTuple(args, "OOOO!O", &classes, &lower, &controls, &PyDict_Type, &entities, &meanings))
        return NULL;
    Splitter *splitter = calloc(1, sizeof *splitter);
    PyObject *capsule = splitter ? PyCapsule_New(splitter, "splitter", splitter_free) : PyErr_NoMemory();
    if (!capsule) {
        free(splitter);
        return NULL;
    }
    size_t n = 2 * (size_t)PyDict_GET_SIZE(entities);
    if (copy_into(splitter->classes, sizeof splitter->classes, classes) ||
        copy_into(splitter->lower, sizeof splitter->lower, lower) ||
        copy_into(splitter->controls, sizeof splitter->controls, controls) ||
        !(splitter->meanings = copied(meanings, 4, &n)) || table_of(&splitter->entities, entities)) {
        Py_DECREF(capsule);
        return failed();
    }
    for (int c = 0; c < 128; c++)
        if (splitter->classes[c] == WORD)
            splitter->ascii[c] = (uint8_t)splitter->lower[c];
    return capsule;
}

static void words_free(PyObject *capsule)
{
    Words *words = PyCapsule_GetPointer(capsule, "words");
    table_close(&words->known);
    table_close(&words->met);
    free(words);
}

static PyObject *core_words(PyObject *module, PyObject *args)
{
    PyObject *numbers;
    Py_ssize_t spare;
    if (!PyArg_ParseTuple(args, "O!n", &PyDict_Type, &numbers, &spare))
        return NULL;
    Words *words = calloc(1, sizeof *words);
    PyObject *capsule = words ? PyCapsule_New(words, "words", words_free) : PyErr_NoMemory();
    if (!capsule) {
        free(words);
        return NULL;
    }
    words->spare = spare > 0 ? (size_t)spare : 0;
    if (table_of(&words->known, numbers) || table_open(&words->met, words->spare, 4 * words->spare)) {
        Py_DECREF(capsule);
        return failed();
    }
    return capsule;
}

static void grams_free(PyObject *capsule)
{
    Grams *grams = PyCapsule_GetPointer(capsule, "grams");
    score_close(grams->spare);
    grams_close(grams);
    free(grams);
}

/* Fill an object of zeros; `weights` and `models` have n numbers for all features, or are NULL. */
static int grams_open(Grams *grams, int n_unigrams, PyObject *levels, const float *weights, const float *models, size_t n)
{
    if (n_unigrams < 0) {
        PyErr_SetString(PyExc_ValueError, "there are fewer than no unigrams");
        return -1;
    }
    grams->n_unigrams = n_unigrams;
    grams->n_features = (size_t)n_unigrams;
    grams->scores = models != NULL;
    grams->levels = calloc((size_t)PyTuple_GET_SIZE(levels) + 1, sizeof *grams->levels);
    grams->unigrams = malloc(((size_t)n_unigrams + 1) * sizeof *grams->unigrams);
    if (!grams->levels || !grams->unigrams)
        return -1;
    for (int k = 0; k < n_unigrams; k++) {
        grams->unigrams[k][0] = weights && (size_t)k < n ? weights[k] : 1;
        grams->unigrams[k][1] = models && (size_t)k < n ? models[k] : 0;
    }
    uint32_t *before = NULL;
    size_t n_before = (size_t)n_unigrams;
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(levels) && !PyErr_Occurred(); k++) {
        size_t n_keys = 0, first = grams->n_features;
        int64_t *keys = copied(PyTuple_GET_ITEM(levels, k), sizeof *keys, &n_keys);
        uint32_t *slots = keys ? malloc((n_keys + 1) * sizeof *slots) : NULL;
        grams->n_features += n_keys;
        int status = NO_MEMORY;
        if (keys && grams->n_features > (weights || models ? n : INT32_MAX))
            PyErr_Format(PyExc_ValueError, "%zu features are too many", grams->n_features);
        else if (slots)
            status = level_open(&grams->levels[grams->n_levels++], keys, weights ? weights + first : NULL, models ? models + first : NULL,
                                n_keys, (int64_t)n_unigrams + 1, before, n_before, slots);
        if (status == NO_KEY)
            PyErr_SetString(PyExc_ValueError, "there is a key that no n-gram has");
        else if (status)
            failed();
        free(keys);
        free(before);
        before = slots;
        n_before = n_keys;
    }
    free(before);
    if (PyErr_Occurred())
        return -1;
    if ((!weights && !models) || n == grams->n_features)
        return 0;
    PyErr_Format(PyExc_ValueError, "%zu weights for %zu features", n, grams->n_features);
    return -1;
}

static PyObject *core_grams(PyObject *module, PyObject *args)
{
    PyObject *levels, *weights, *models;
    int n_unigrams, counts, norm;
    if (!PyArg_ParseTuple(args, "iO!OppO", &n_unigrams, &PyTuple_Type, &levels, &weights, &counts, &norm, &models))
        return NULL;
    Grams *grams = calloc(1, sizeof *grams);
    PyObject *capsule = grams ? PyCapsule_New(grams, "grams", grams_free) : PyErr_NoMemory();
    if (!capsule) {
        free(grams);
        return NULL;
    }
    grams->counts = counts;
    grams->norm = norm;
    size_t n = 0;
    float *of_all = weights == Py_None ? NULL : copied(weights, sizeof *of_all, &n);
    float *of_model = models == Py_None || PyErr_Occurred() ? NULL : copied(models, sizeof *of_model, &n);
    if (PyErr_Occurred() || grams_open(grams, n_unigrams, levels, of_all, of_model, n)) {
        Py_CLEAR(capsule);
        failed();
    }
    free(of_all);
    free(of_model);
    return capsule;
}

#endif
