/* What Python hands over: arrays that a capsule holds on to, and words. */
#ifndef HELD_H
#define HELD_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "subwords.h"

/* Hold on to n arrays, of which the first two are written to. */
static int hold(Py_buffer *held, PyObject *const *arrays, int n)
{
    for (int k = 0; k < n; k++)
        if (PyObject_GetBuffer(arrays[k], &held[k], k < 2 ? PyBUF_WRITABLE : PyBUF_SIMPLE))
            return -1;
    return 0;
}

static void release(Py_buffer *held, int n)
{
    for (int k = 0; k < n; k++)
        PyBuffer_Release(&held[k]);
}

static size_t n_items(const Py_buffer *held, int array, size_t size)
{
    return (size_t)held[array].len / size;
}

static PyObject *bytes_of(const Rows *rows)
{
    return PyBytes_FromStringAndSize((const char *)rows->items, (Py_ssize_t)(rows->n * sizeof *rows->items));
}

/* Add the rows of a word, of n that have one of their own: its own, k, if it is below n, then those of its subwords. The
   end of a line has none of these. */
static int rows_of_word(Rows *rows, PyObject *word, int64_t k, int64_t n, int64_t minn, int64_t maxn, int64_t buckets)
{
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(word, &size);
    if (!utf8)
        return -1;
    int status = k < n ? rows_add(rows, k) : 0;
    if (!status && maxn > 0 && strcmp(utf8, "</s>")) {
        char *bracketed = malloc((size_t)size + 2);
        status = bracketed ? 0 : -1;
        if (bracketed) {
            bracketed[0] = '<';
            memcpy(bracketed + 1, utf8, (size_t)size);
            bracketed[size + 1] = '>';
            status = rows_of_subwords(rows, bracketed, (size_t)size + 2, minn, maxn, buckets, n);
        }
        free(bracketed);
    }
    if (status)
        PyErr_NoMemory();
    return status;
}

#endif
