/* blazingtext_client._kernel: the training of word vectors and text classes. Python's side is `kernel.py`, which says what
   each function takes and returns. A model is a capsule, which holds on to the arrays that it was made of: threads train it
   at once. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "classesmodule.h"
#include "held.h"
#include "subwords.h"
#include "train.h"

enum { INPUT, OUTPUT, KEEP, NEGATIVES, LOGISTIC, STOP, OFFSETS, ROWS, N_ARRAYS };

typedef struct {
    Model model;
    Py_buffer arrays[N_ARRAYS];
} Held;

static void held_free(PyObject *capsule)
{
    Held *held = PyCapsule_GetPointer(capsule, "model");
    release(held->arrays, N_ARRAYS);
    free(held);
}

/* Whether the arrays fit together, so that nothing beyond them is ever reached. */
static int is_sound(const Held *held)
{
    const Model *model = &held->model;
    size_t n = n_items(held->arrays, KEEP, sizeof *model->keep), n_rows = n_items(held->arrays, ROWS, sizeof *model->rows);
    size_t row = model->dim * sizeof(float);
    if (!model->dim || model->dim % 8 || !n || n > INT32_MAX || model->mode < BATCH_SKIPGRAM || model->mode > CBOW ||
        model->window < 1 || model->window > INT32_MAX || model->batch < 1 || model->n_negatives < 0)
        return 0;
    size_t n_input = n_items(held->arrays, INPUT, row);
    if (n_input < n || n_items(held->arrays, OUTPUT, row) != n || n_items(held->arrays, NEGATIVES, sizeof(Alias)) != n ||
        n_items(held->arrays, OFFSETS, sizeof *model->offsets) != n + 1 || !n_items(held->arrays, STOP, 1) ||
        n_items(held->arrays, LOGISTIC, sizeof *model->logistic) != 16 * STEEP + 1)
        return 0;
    for (size_t k = 0; k < n; k++)
        if (model->negatives[k].other < 0 || (size_t)model->negatives[k].other >= n || model->offsets[k] < 0 ||
            model->offsets[k] >= model->offsets[k + 1] || (size_t)model->offsets[k + 1] > n_rows)
            return 0;
    for (size_t k = 0; k < n_rows; k++)
        if (model->rows[k] < 0 || (size_t)model->rows[k] >= n_input)
            return 0;
    return 1;
}

static PyObject *kernel_model(PyObject *module, PyObject *args)
{
    PyObject *arrays[N_ARRAYS];
    Py_ssize_t dim;
    long long window, negatives, batch;
    int mode;
    if (!PyArg_ParseTuple(args, "(OOOOOOOO)niLLL", &arrays[0], &arrays[1], &arrays[2], &arrays[3], &arrays[4], &arrays[5],
                          &arrays[6], &arrays[7], &dim, &mode, &window, &negatives, &batch))
        return NULL;
    Held *held = calloc(1, sizeof *held);
    PyObject *capsule = held ? PyCapsule_New(held, "model", held_free) : PyErr_NoMemory();
    if (!capsule) {
        free(held);
        return NULL;
    }
    if (hold(held->arrays, arrays, N_ARRAYS)) {
        Py_DECREF(capsule);
        return NULL;
    }
    held->model = (Model){
        held->arrays[INPUT].buf, held->arrays[OUTPUT].buf, held->arrays[OFFSETS].buf, held->arrays[ROWS].buf,
        held->arrays[KEEP].buf, held->arrays[NEGATIVES].buf, held->arrays[LOGISTIC].buf, held->arrays[STOP].buf,
        dim > 0 ? (size_t)dim : 0, (int64_t)n_items(held->arrays, KEEP, sizeof(uint32_t)), window, negatives, batch, mode,
    };
    if (is_sound(held))
        return capsule;
    Py_DECREF(capsule);
    PyErr_SetString(PyExc_ValueError, "the arrays do not fit together");
    return NULL;
}

static int work_open(Work *work, const Model *model, size_t n)
{
    size_t window = model->window < (int64_t)n ? 2 * (size_t)model->window : n;
    size_t most = model->batch < (int64_t)window ? (size_t)model->batch : window;
    most = model->mode == BATCH_SKIPGRAM && most ? most : 1;
    work->model = model;
    work->kept = alone((n + 1) * sizeof *work->kept);
    int32_t *contexts = work->windows[0].contexts = alone(2 * (n + 1) * sizeof *contexts);
    work->inputs = alone(most * sizeof *work->inputs);
    work->errors = alone(most * MOST * sizeof *work->errors);
    work->steps = alone((most + 2) * model->dim * sizeof *work->steps);
    if (!work->kept || !contexts || !work->inputs || !work->errors || !work->steps)
        return -1;
    work->windows[1].contexts = contexts + n + 1;
    work->hidden = work->steps + most * model->dim;
    work->sum = work->hidden + model->dim;
    return 0;
}

static void work_close(Work *work)
{
    free(work->kept);
    free(work->windows[0].contexts);
    free(work->inputs);
    free(work->errors);
    free(work->steps);
}

static PyObject *kernel_train(PyObject *module, PyObject *args)
{
    PyObject *capsule;
    Py_buffer ids;
    Work work = {0};
    unsigned long long state;
    if (!PyArg_ParseTuple(args, "Oy*fK", &capsule, &ids, &work.alpha, &state))
        return NULL;
    Held *held = PyCapsule_GetPointer(capsule, "model");
    const int32_t *numbers = ids.buf;
    size_t n = (size_t)ids.len / sizeof *numbers;
    for (size_t k = 0; held && k < n; k++)
        if (numbers[k] >= held->model.n_words) {
            PyErr_Format(PyExc_ValueError, "there is no word %d", (int)numbers[k]);
            held = NULL;
        }
    PyObject *result = NULL;
    work.state = state;
    if (held && work_open(&work, &held->model, n))
        PyErr_NoMemory();
    else if (held) {
        int64_t words;
        Py_BEGIN_ALLOW_THREADS
        words = train(&work, numbers, n);
        Py_END_ALLOW_THREADS
        result = Py_BuildValue("LK", (long long)words, (unsigned long long)work.state);
    }
    work_close(&work);
    PyBuffer_Release(&ids);
    return result;
}

static PyObject *kernel_subwords(PyObject *module, PyObject *args)
{
    PyObject *words;
    long long n_known, minn, maxn, buckets;
    if (!PyArg_ParseTuple(args, "O!LLLL", &PyList_Type, &words, &n_known, &minn, &maxn, &buckets))
        return NULL;
    if (buckets < 1 || buckets > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "buckets must be from 1 to 2^32 - 1");
        return NULL;
    }
    Py_ssize_t n = PyList_GET_SIZE(words);
    PyObject *offsets = PyBytes_FromStringAndSize(NULL, (n + 1) * (Py_ssize_t)sizeof(int64_t)), *result = NULL;
    int64_t *ends = offsets ? (int64_t *)PyBytes_AS_STRING(offsets) : NULL;
    Rows rows = {0};
    int status = ends ? 0 : -1;
    if (ends)
        ends[0] = 0;
    for (Py_ssize_t k = 0; k < n && !status; k++) {
        status = rows_of_word(&rows, PyList_GET_ITEM(words, k), k, n_known, minn, maxn, buckets);
        ends[k + 1] = (int64_t)rows.n;
    }
    if (!status)
        result = Py_BuildValue("ON", offsets, bytes_of(&rows));
    free(rows.items);
    Py_XDECREF(offsets);
    return result;
}

static PyMethodDef methods[] = {
    {"model", kernel_model, METH_VARARGS, NULL},
    {"train", kernel_train, METH_VARARGS, NULL},
    {"subwords", kernel_subwords, METH_VARARGS, NULL},
    {"classes", kernel_classes, METH_VARARGS, NULL},
    {"train_texts", kernel_train_texts, METH_VARARGS, NULL},
    {"right_texts", kernel_right_texts, METH_VARARGS, NULL},
    {"hashes", kernel_hashes, METH_VARARGS, NULL},
    {"features", kernel_features, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_kernel", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModule_Create(&definition);
}
