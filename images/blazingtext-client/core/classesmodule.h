/* The side of `classes.h` that Python sees. */
#ifndef CLASSESMODULE_H
#define CLASSESMODULE_H

#include "classes.h"
#include "held.h"

enum { C_INPUT, C_OUTPUT, C_HASHES, C_STOP, C_OFFSETS, C_ROWS, C_ARRAYS };

typedef struct {
    Classes model;
    Py_buffer arrays[C_ARRAYS];
} HeldClasses;

static void classes_free(PyObject *capsule)
{
    HeldClasses *held = PyCapsule_GetPointer(capsule, "classes");
    release(held->arrays, C_ARRAYS);
    free(held);
}

/* Whether the arrays fit together, so that nothing beyond them is ever reached. */
static int classes_are_sound(const HeldClasses *held)
{
    const Classes *model = &held->model;
    size_t n = n_items(held->arrays, C_HASHES, sizeof *model->hashes), row = model->dim * sizeof(float);
    size_t n_rows = n_items(held->arrays, C_ROWS, sizeof *model->rows);
    if (!model->dim || model->dim % 8 || !n || n > INT32_MAX || !model->n_labels || model->n_labels > INT32_MAX - 2 ||
        model->first < 0 || model->buckets < 0 || model->ngrams < 1 || (model->ngrams > 1 && !model->buckets) ||
        n_items(held->arrays, C_OFFSETS, sizeof *model->offsets) != n + 1 || !n_items(held->arrays, C_STOP, 1))
        return 0;
    size_t n_input = n_items(held->arrays, C_INPUT, row);
    if (model->ngrams > 1 && ((size_t)model->first > n_input || (size_t)model->buckets > n_input - (size_t)model->first))
        return 0;
    for (size_t k = 0; k < n; k++)
        if (model->offsets[k] < 0 || model->offsets[k] > model->offsets[k + 1] || (size_t)model->offsets[k + 1] > n_rows)
            return 0;
    for (size_t k = 0; k < n_rows; k++)
        if (model->rows[k] < 0 || (size_t)model->rows[k] >= n_input)
            return 0;
    return 1;
}

static PyObject *kernel_classes(PyObject *module, PyObject *args)
{
    PyObject *arrays[C_ARRAYS];
    Py_ssize_t dim;
    long long ngrams, buckets, first;
    if (!PyArg_ParseTuple(args, "(OOOOOO)nLLL", &arrays[0], &arrays[1], &arrays[2], &arrays[3], &arrays[4], &arrays[5], &dim,
                          &ngrams, &buckets, &first))
        return NULL;
    HeldClasses *held = calloc(1, sizeof *held);
    PyObject *capsule = held ? PyCapsule_New(held, "classes", classes_free) : PyErr_NoMemory();
    if (!capsule) {
        free(held);
        return NULL;
    }
    if (hold(held->arrays, arrays, C_ARRAYS)) {
        Py_DECREF(capsule);
        return NULL;
    }
    size_t width = dim > 0 ? (size_t)dim : 0;
    held->model = (Classes){
        held->arrays[C_INPUT].buf, held->arrays[C_OUTPUT].buf, held->arrays[C_OFFSETS].buf, held->arrays[C_ROWS].buf,
        held->arrays[C_HASHES].buf, held->arrays[C_STOP].buf, width,
        (int64_t)n_items(held->arrays, C_HASHES, sizeof(int32_t)),
        width ? (int64_t)n_items(held->arrays, C_OUTPUT, width * sizeof(float)) : 0, first, ngrams, buckets,
    };
    if (classes_are_sound(held))
        return capsule;
    Py_DECREF(capsule);
    PyErr_SetString(PyExc_ValueError, "the arrays do not fit together");
    return NULL;
}

/* Whether all words are known, and all labels if they are to be learnt; sets an exception if not. */
static int are_known(const Classes *model, const int32_t *ids, size_t n, int learnt)
{
    for (size_t k = 0; k < n; k++)
        if (ids[k] >= model->n_words || (learnt && ids[k] < -1 - model->n_labels)) {
            PyErr_Format(PyExc_ValueError, "there is no %s %d", ids[k] < 0 ? "label" : "word", (int)ids[k]);
            return 0;
        }
    return 1;
}

/* Train texts, or count those that are labelled rightly. */
static PyObject *read_texts(PyObject *capsule, Py_buffer *ids, Reading *work, int learnt)
{
    HeldClasses *held = PyCapsule_GetPointer(capsule, "classes");
    const int32_t *numbers = ids->buf;
    size_t n = (size_t)ids->len / sizeof *numbers;
    if (!held || !are_known(&held->model, numbers, n, learnt))
        return NULL;
    int64_t result = 0;
    int status = reading_open(work, &held->model);
    if (!status) {
        Py_BEGIN_ALLOW_THREADS
        status = (learnt ? train_texts : right_texts)(work, numbers, n, &result);
        Py_END_ALLOW_THREADS
    }
    reading_close(work);
    if (status)
        return PyErr_NoMemory();
    return learnt ? Py_BuildValue("LK", (long long)result, (unsigned long long)work->state) : PyLong_FromLongLong(result);
}

static PyObject *kernel_train_texts(PyObject *module, PyObject *args)
{
    PyObject *capsule;
    Py_buffer ids;
    Reading work = {0};
    unsigned long long state;
    if (!PyArg_ParseTuple(args, "Oy*ffK", &capsule, &ids, &work.alpha, &work.fall, &state))
        return NULL;
    work.state = state;
    PyObject *result = read_texts(capsule, &ids, &work, 1);
    PyBuffer_Release(&ids);
    return result;
}

static PyObject *kernel_right_texts(PyObject *module, PyObject *args)
{
    PyObject *capsule;
    Py_buffer ids;
    Reading work = {0};
    if (!PyArg_ParseTuple(args, "Oy*", &capsule, &ids))
        return NULL;
    PyObject *result = read_texts(capsule, &ids, &work, 0);
    PyBuffer_Release(&ids);
    return result;
}

static PyObject *kernel_hashes(PyObject *module, PyObject *args)
{
    PyObject *words;
    if (!PyArg_ParseTuple(args, "O!", &PyList_Type, &words))
        return NULL;
    Py_ssize_t n = PyList_GET_SIZE(words);
    PyObject *result = PyBytes_FromStringAndSize(NULL, n * (Py_ssize_t)sizeof(int32_t));
    for (Py_ssize_t k = 0; result && k < n; k++) {
        Py_ssize_t size;
        const char *utf8 = PyUnicode_AsUTF8AndSize(PyList_GET_ITEM(words, k), &size);
        if (utf8)
            ((int32_t *)PyBytes_AS_STRING(result))[k] = (int32_t)hash_of(utf8, (size_t)size);
        else
            Py_CLEAR(result);
    }
    return result;
}

/* How a model that is asked reads a text. */
typedef struct {
    PyObject *index;
    long long n_known, minn, maxn, ngrams, buckets;
} Reader;

/* Add the rows of a word of a text, and its hash; nothing for a label. */
static int read_word(const Reader *reader, PyObject *word, Rows *rows, Hashes *hashes)
{
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(word, &size);
    PyObject *known = utf8 ? PyDict_GetItemWithError(reader->index, word) : NULL;
    int64_t number = known ? PyLong_AsLongLong(known) : reader->n_known;
    if (PyErr_Occurred())
        return -1;
    if (number < 0 || (!known && !strncmp(utf8, "__label__", 9)))
        return 0;
    if (hashes_add(hashes, (int32_t)hash_of(utf8, (size_t)size))) {
        PyErr_NoMemory();
        return -1;
    }
    return rows_of_word(rows, word, number, reader->n_known, reader->minn, reader->maxn, reader->buckets);
}

static PyObject *kernel_features(PyObject *module, PyObject *args)
{
    PyObject *words;
    Reader reader;
    if (!PyArg_ParseTuple(args, "O!O!LLLLL", &PyList_Type, &words, &PyDict_Type, &reader.index, &reader.n_known, &reader.minn,
                          &reader.maxn, &reader.ngrams, &reader.buckets))
        return NULL;
    if (reader.buckets < 1 || reader.buckets > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "buckets must be from 1 to 2^32 - 1");
        return NULL;
    }
    Rows rows = {0};
    Hashes hashes = {0};
    PyObject *result = NULL;
    int status = 0;
    for (Py_ssize_t k = 0; k < PyList_GET_SIZE(words) && !status; k++)
        status = read_word(&reader, PyList_GET_ITEM(words, k), &rows, &hashes);
    if (!status && rows_of_ngrams(&rows, &hashes, reader.ngrams, reader.buckets, reader.n_known))
        PyErr_NoMemory();
    else if (!status)
        result = bytes_of(&rows);
    free(rows.items);
    free(hashes.items);
    return result;
}

#endif
