/* textprep._core: many texts at once to numbers and rows, without an object of Python for each word.

   Python's side is `core.py`, which says what each function takes and returns. A function takes texts as a tuple of str, so
   that they stay alive while others run, and lets go of the interpreter's lock where there is more than a little to do.
   Tables are capsules: made once, read by all threads and, copy on write, by forked processes. */
#define _GNU_SOURCE
#include "count.h"
#include "explain.h"

static PyObject *core_split(PyObject *module, PyObject *args)
{
    PyObject *splitter, *texts, *plain;
    if (!PyArg_ParseTuple(args, "OO!O", &splitter, &PyTuple_Type, &texts, &plain))
        return NULL;
    Batch batch = {0};
    const Splitter *opened_splitter = opened(splitter, "splitter");
    PyObject *result = NULL;
    if (opened_splitter && !batch_number(&batch, texts, opened_splitter, NULL, plain)) {
        for (size_t k = 0; k < batch.numbering.n_ids; k++)
            batch.numbering.ids[k] = FRESH - batch.numbering.ids[k];
        PyObject *list = fresh_words(&batch.numbering.fresh);
        result = list ? batch_given(&batch, list) : NULL;
    }
    batch_close(&batch);
    return result;
}

static PyObject *core_number(PyObject *module, PyObject *args)
{
    PyObject *splitter, *words, *texts, *plain, *resolve;
    if (!PyArg_ParseTuple(args, "OOO!OO", &splitter, &words, &PyTuple_Type, &texts, &plain, &resolve))
        return NULL;
    Batch batch = {0};
    const Splitter *opened_splitter = opened(splitter, "splitter");
    Words *opened_words = opened_splitter ? opened(words, "words") : NULL;
    PyObject *result = NULL;
    if (opened_words && !batch_number(&batch, texts, opened_splitter, opened_words, plain) &&
        !batch_resolve(&batch, opened_words, resolve))
        result = batch_given(&batch, NULL);
    batch_close(&batch);
    return result;
}

/* The rows of documents, from the numbers of their words. */
static PyObject *rows_of(const Grams *grams, const int32_t *ids, const int64_t *ends, size_t n, int alone)
{
    if (grams->scores)
        return PyErr_Format(PyExc_ValueError, "these are the tables of a model, which makes no rows");
    Rows rows = {0};
    int64_t *starts = calloc(n + 1, sizeof *starts);
    int status = starts ? DONE : NO_MEMORY;
    PyThreadState *others = alone ? NULL : PyEval_SaveThread();
    for (size_t k = 0; k < n && status == DONE; k++) {
        status = grams_row(grams, ids + ends[k], (size_t)(ends[k + 1] - ends[k]), &rows);
        starts[k + 1] = (int64_t)rows.n;
    }
    if (others)
        PyEval_RestoreThread(others);
    if (status) {
        free(starts);
        rows_close(&rows);
        return PyErr_NoMemory();
    }
    PyObject *result = Py_BuildValue("NNN", memory(starts, (n + 1) * sizeof *starts),
                                     memory(rows.features, rows.n * sizeof *rows.features),
                                     memory(rows.values, rows.n * sizeof *rows.values));
    rows.features = NULL;
    rows.values = NULL;
    rows_close(&rows);
    return result;
}

static PyObject *core_rows(PyObject *module, PyObject *args)
{
    PyObject *splitter, *words, *grams, *texts, *plain, *resolve;
    if (!PyArg_ParseTuple(args, "OOOO!OO", &splitter, &words, &grams, &PyTuple_Type, &texts, &plain, &resolve))
        return NULL;
    Batch batch = {0};
    const Splitter *opened_splitter = opened(splitter, "splitter");
    Words *opened_words = opened_splitter ? opened(words, "words") : NULL;
    const Grams *opened_grams = opened_words ? opened(grams, "grams") : NULL;
    PyObject *result = NULL;
    if (opened_grams && !batch_number(&batch, texts, opened_splitter, opened_words, plain) &&
        !batch_resolve(&batch, opened_words, resolve))
        result = rows_of(opened_grams, batch.numbering.ids, batch.ends, (size_t)batch.n, !batch.others);
    batch_close(&batch);
    return result;
}

static PyObject *core_score(PyObject *module, PyObject *args)
{
    PyObject *splitter, *words, *grams, *texts, *plain, *resolve;
    double base;
    Py_ssize_t most;
    if (!PyArg_ParseTuple(args, "OOOdO!OOn", &splitter, &words, &grams, &base, &PyTuple_Type, &texts, &plain, &resolve, &most))
        return NULL;
    const Splitter *opened_splitter = opened(splitter, "splitter");
    Words *opened_words = opened_splitter ? opened(words, "words") : NULL;
    Grams *opened_grams = opened_words ? opened(grams, "grams") : NULL;
    if (!opened_grams)
        return NULL;
    if (!opened_grams->scores || opened_grams->counts || most < 0 || most > 1000)
        return PyErr_Format(PyExc_ValueError, "there is no model of features that are not counted, or %zd cannot be named", most);
    Batch batch = {.numbering = {.keeps = most > 0}};
    PyObject *result = NULL;
    if (!batch_number(&batch, texts, opened_splitter, opened_words, plain) && !batch_resolve(&batch, opened_words, resolve)) {
        Score *score = score_open(opened_grams);
        result = !score ? PyErr_NoMemory()
                 : most ? explanations(opened_grams, base, &batch, score, (size_t)most)
                        : margins(opened_grams, base, &batch, score);
        score_leave(opened_grams, score);
    }
    batch_close(&batch);
    return result;
}

static PyObject *core_rows_of(PyObject *module, PyObject *args)
{
    PyObject *grams;
    Py_buffer ids, ends;
    if (!PyArg_ParseTuple(args, "Oy*y*", &grams, &ids, &ends))
        return NULL;
    const Grams *opened_grams = opened(grams, "grams");
    const int64_t *at = ends.buf;
    size_t n = (size_t)ends.len / 8;
    int valid = n && at[0] >= 0 && at[n - 1] <= ids.len / 4;
    for (size_t k = 1; valid && k < n; k++)
        valid = at[k - 1] <= at[k];
    PyObject *result = NULL;
    if (opened_grams && !valid)
        PyErr_SetString(PyExc_ValueError, "the ends of the documents do not ascend within the numbers");
    else if (opened_grams)
        result = rows_of(opened_grams, ids.buf, at, n - 1, 0);
    PyBuffer_Release(&ids);
    PyBuffer_Release(&ends);
    return result;
}

static PyObject *core_count(PyObject *module, PyObject *args)
{
    Py_buffer wanted;
    Py_ssize_t least;
    if (!PyArg_ParseTuple(args, "y*n", &wanted, &least))
        return NULL;
    size_t n = (size_t)wanted.len / 8;
    Counts counts = {0};
    PyThreadState *others = PyEval_SaveThread();
    int status = counts_of(&counts, wanted.buf, n, (size_t)least);
    PyEval_RestoreThread(others);
    PyBuffer_Release(&wanted);
    if (status) {
        counts_free(&counts);
        return PyErr_NoMemory();
    }
    return Py_BuildValue(
        "NNN", memory(counts.keys, counts.n * 8), memory(counts.counts, counts.n * 8), memory(counts.places, n * 4)
    );
}

static int seed(PyObject *module)
{
    PyObject *os = secrets[1] ? NULL : PyImport_ImportModule("os");
    PyObject *bytes = os ? PyObject_CallMethod(os, "urandom", "i", (int)sizeof secrets) : NULL;
    if (bytes)
        memcpy(secrets, PyBytes_AS_STRING(bytes), sizeof secrets);
    secrets[1] |= 1;
    Py_XDECREF(bytes);
    Py_XDECREF(os);
    return PyErr_Occurred() ? -1 : PyType_Ready(&memory_type);
}

static PyMethodDef functions[] = {
    {"splitter", core_splitter, METH_VARARGS, NULL}, {"words", core_words, METH_VARARGS, NULL},
    {"grams", core_grams, METH_VARARGS, NULL},       {"split", core_split, METH_VARARGS, NULL},
    {"number", core_number, METH_VARARGS, NULL},     {"rows", core_rows, METH_VARARGS, NULL},
    {"rows_of", core_rows_of, METH_VARARGS, NULL},   {"count", core_count, METH_VARARGS, NULL},
    {"score", core_score, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, seed}, {0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "textprep._core", NULL, 0, functions, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
