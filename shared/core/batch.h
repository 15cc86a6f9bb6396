/* The texts of one call: their words are numbered without the interpreter's lock, and what C cannot do is asked of Python. */
#ifndef BATCH_H
#define BATCH_H

#include "tables.h"

#define LITTLE 20000 /* characters that are not worth giving the lock away for, and perhaps waiting 5 ms to get it back */

/* The texts of one call, and the numbers of their words. */
typedef struct {
    PyObject *texts; /* a tuple of str */
    Py_ssize_t n;
    int64_t *ends; /* of each text in the numbers, from a 0 on */
    Numbering numbering;
    PyThreadState *others; /* not NULL while other threads may run */
} Batch;

static void lock(Batch *batch)
{
    if (batch->others)
        PyEval_RestoreThread(batch->others);
}

static void unlock(Batch *batch)
{
    if (batch->others)
        batch->others = PyEval_SaveThread();
}

static void batch_close(Batch *batch)
{
    free(batch->ends);
    number_close(&batch->numbering);
}

/* Number the words of a text that needs the Python code: `plain` gives its words, separated by spaces. */
static int batch_plain(Batch *batch, PyObject *text, PyObject *plain)
{
    Py_ssize_t size;
    PyObject *words = PyObject_CallOneArg(plain, text);
    const char *utf8 = words ? PyUnicode_AsUTF8AndSize(words, &size) : NULL;
    int status = utf8 ? split_plain(&batch->numbering, utf8, (size_t)size) : NO_MEMORY;
    Py_XDECREF(words);
    return status;
}

/* Number the words of all texts; called and left with the lock. 0, or -1 with an exception. */
static int batch_number(Batch *batch, PyObject *texts, const Splitter *splitter, Words *words, PyObject *plain)
{
    Numbering *numbering = &batch->numbering;
    Py_ssize_t characters = 0;
    batch->texts = texts;
    batch->n = PyTuple_GET_SIZE(texts);
    for (Py_ssize_t k = 0; k < batch->n; k++) {
        PyObject *text = PyTuple_GET_ITEM(texts, k);
        if (!PyUnicode_Check(text)) {
            PyErr_Format(PyExc_TypeError, "text %zd is %.80s, not a str", k, Py_TYPE(text)->tp_name);
            return -1;
        }
#if PY_VERSION_HEX < 0x030c0000 /* what old extensions make may be unfinished */
        if (PyUnicode_READY(text))
            return -1;
#endif
        characters += PyUnicode_GET_LENGTH(text);
    }
    batch->ends = calloc((size_t)batch->n + 1, sizeof *batch->ends);
    if (words) {
        numbering->known = &words->known;
        numbering->met = &words->met;
    }
    if (!batch->ends) {
        PyErr_NoMemory();
        return -1;
    }
    batch->others = characters > LITTLE ? PyEval_SaveThread() : NULL;
    int status = DONE;
    for (Py_ssize_t k = 0; k < batch->n && status == DONE; k++) {
        PyObject *text = PyTuple_GET_ITEM(texts, k);
        status = split_text(splitter, numbering, PyUnicode_DATA(text), (size_t)PyUnicode_GET_LENGTH(text), PyUnicode_KIND(text));
        if (status == PLAIN) {
            numbering->n_ids = (size_t)batch->ends[k];
            lock(batch);
            status = batch_plain(batch, text, plain);
            unlock(batch);
        }
        batch->ends[k + 1] = (int64_t)numbering->n_ids;
    }
    lock(batch);
    if (status == NO_MEMORY)
        failed();
    return status;
}

/* The words that had no number, in the order in which they came, as a list of str. */
static PyObject *fresh_words(const Table *fresh)
{
    PyObject *list = PyList_New((Py_ssize_t)fresh->used);
    for (size_t k = 0, at = 0; list && k < fresh->used; k++) {
        size_t n = fresh->arena[at];
        PyObject *word = PyUnicode_DecodeUTF8((const char *)(fresh->arena + at + 1), (Py_ssize_t)n, "strict");
        if (!word)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)k, word);
        at += 1 + units(n);
    }
    return list;
}

/* Ask `resolve` for the numbers of the words that have none, remember them, and put them in. */
static int batch_resolve(Batch *batch, Words *words, PyObject *resolve)
{
    Numbering *numbering = &batch->numbering;
    Table *fresh = &numbering->fresh;
    if (!fresh->used)
        return 0;
    if (resolve == Py_None) {
        for (size_t k = 0; k < numbering->n_ids; k++)
            if (numbering->ids[k] <= FRESH)
                numbering->ids[k] = UNKNOWN;
        return 0;
    }
    PyObject *list = fresh_words(fresh);
    PyObject *numbers = list ? PyObject_CallOneArg(resolve, list) : NULL;
    size_t count = fresh->used;
    int32_t *values = numbers ? copied(numbers, sizeof *values, &count) : NULL;
    Py_XDECREF(list);
    Py_XDECREF(numbers);
    if (!values)
        return -1;
    for (size_t k = 0; k < numbering->n_ids; k++)
        if (numbering->ids[k] <= FRESH)
            numbering->ids[k] = values[FRESH - numbering->ids[k]];
    for (size_t k = 0, at = 0; k < count; k++) { /* with the lock: one thread at a time */
        size_t n = fresh->arena[at];
        uint8_t word[REMEMBERED + 8] = {0};
        if (n <= REMEMBERED && words->met.used < words->spare) {
            memcpy(word, fresh->arena + at + 1, n);
            uint64_t hash = hash_word(word, n);
            if (table_get(&words->met, word, n, hash, FRESH) == FRESH)
                table_add(&words->met, word, n, hash, values[k]);
        }
        at += 1 + units(n);
    }
    free(values);
    return 0;
}

/* The numbers and the ends of the texts, given away. */
static PyObject *batch_given(Batch *batch, PyObject *words)
{
    PyObject *ids = memory(batch->numbering.ids, batch->numbering.n_ids * sizeof *batch->numbering.ids);
    PyObject *ends = memory(batch->ends, ((size_t)batch->n + 1) * sizeof *batch->ends);
    batch->numbering.ids = NULL;
    batch->ends = NULL;
    return words ? Py_BuildValue("NNN", words, ids, ends) : Py_BuildValue("NN", ids, ends);
}

#endif
