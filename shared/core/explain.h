/* The margins of texts by a linear model, and what explains them, as objects of Python. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "batch.h"

/* An n-gram as it stands in a text, whose tokens begin at `first`: `very good`, not its stems. */
static PyObject *written(const Numbering *numbering, size_t first, size_t start, size_t n)
{
    size_t at = first, size = 0;
    for (; start || numbering->ids[at] == STOPPED; at++) /* stop words are not counted */
        start -= numbering->ids[at] != STOPPED;
    size_t token = at, words = n;
    for (; words; token++)
        if (numbering->ids[token] != STOPPED) {
            size += numbering->places[token].n + 1;
            words--;
        }
    char *text = malloc(size), *to = text;
    if (!text)
        return PyErr_NoMemory();
    for (; at < token; at++)
        if (numbering->ids[at] != STOPPED) {
            memcpy(to, numbering->kept + numbering->places[at].at, numbering->places[at].n);
            to += numbering->places[at].n;
            *to++ = ' ';
        }
    PyObject *result = PyUnicode_DecodeUTF8(text, (Py_ssize_t)size - 1, "strict");
    free(text);
    return result;
}

/* (margin, sum of the contributions that are not named, names, their contributions) of a text. */
static PyObject *explained(const Grams *grams, const Score *score, const Numbering *numbering, size_t first, size_t *top, size_t most)
{
    size_t n = score_top(grams, score, top, most), words;
    double named = 0;
    PyObject *names = PyList_New((Py_ssize_t)n), *contributions = PyList_New((Py_ssize_t)n);
    for (size_t k = 0; k < n && names && contributions; k++) {
        score_feature(grams, score->rows.found[top[k]] >> 32, &words);
        PyObject *name = written(numbering, first, score->rows.starts[top[k]], words);
        PyObject *contribution = PyFloat_FromDouble(score->contributions[top[k]]);
        if (!name || !contribution) {
            Py_XDECREF(name);
            Py_XDECREF(contribution);
            Py_CLEAR(names);
            break;
        }
        named += score->contributions[top[k]];
        PyList_SET_ITEM(names, (Py_ssize_t)k, name);
        PyList_SET_ITEM(contributions, (Py_ssize_t)k, contribution);
    }
    if (names && contributions)
        return Py_BuildValue("ddNN", score->margin, sum(score->contributions, score->rows.n_found) - named, names, contributions);
    Py_XDECREF(names);
    Py_XDECREF(contributions);
    return failed();
}

/* The score of the text k of a batch. */
static int score_of(const Grams *grams, double base, const Batch *batch, Py_ssize_t k, Score *score)
{
    size_t first = (size_t)batch->ends[k];
    return score_text(grams, base, batch->numbering.ids + first, (size_t)batch->ends[k + 1] - first, score);
}

/* The margins of texts whose words have numbers. */
static PyObject *margins(const Grams *grams, double base, Batch *batch, Score *score)
{
    double *found = malloc((size_t)(batch->n + 1) * sizeof *found);
    int status = found ? DONE : NO_MEMORY;
    unlock(batch);
    for (Py_ssize_t k = 0; k < batch->n && status == DONE; k++) {
        status = score_of(grams, base, batch, k, score);
        found[k] = score->margin;
    }
    lock(batch);
    PyObject *list = status ? PyErr_NoMemory() : PyList_New(batch->n);
    for (Py_ssize_t k = 0; k < batch->n && list; k++) {
        PyObject *margin = PyFloat_FromDouble(found[k]);
        if (margin)
            PyList_SET_ITEM(list, k, margin);
        else
            Py_CLEAR(list);
    }
    free(found);
    return list;
}

/* The same, each explained by so many features. */
static PyObject *explanations(const Grams *grams, double base, Batch *batch, Score *score, size_t most)
{
    size_t *top = malloc(most * sizeof *top);
    PyObject *list = top ? PyList_New(batch->n) : PyErr_NoMemory();
    for (Py_ssize_t k = 0; k < batch->n && list; k++) {
        unlock(batch);
        int status = score_of(grams, base, batch, k, score);
        lock(batch);
        PyObject *item = status ? PyErr_NoMemory() : explained(grams, score, &batch->numbering, (size_t)batch->ends[k], top, most);
        if (item)
            PyList_SET_ITEM(list, k, item);
        else
            Py_CLEAR(list);
    }
    free(top);
    return list;
}

#endif
