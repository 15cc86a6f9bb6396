/* headline_mxnet._hidden: a network of one hidden layer over words, pairs of neighbouring words and n-grams of characters.
   Python's side is `hidden.py`, which says what the function takes and returns; `plain.py` is the same in Python.
   `view.h` says what it sees of a headline. Each row has one weight for each hidden unit. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "view.h"

#define TOP_RATE 0.1f /* of the rows' learning rate: every headline moves the layer on top, few a row */

typedef struct {
    float *rows, *squares;    /* (n_rows, n_units), and AdaGrad's sums of mean squared gradients (n_rows,) */
    float *top, *top_squares; /* (n_classes + 1, n_units): the layer on top, behind it the units' biases */
    int64_t n_units, n_classes;
    uint32_t dropped; /* of 2^32 features */
    uint64_t state;
} Model;

/* AdaGrad, a square for each weight. */
static void adjust(float *weights, float *squares, const float *factors, float error, float rate, int64_t n)
{
    for (int64_t at = 0; at < n; at++) {
        float gradient = error * factors[at];
        squares[at] += gradient * gradient;
        weights[at] -= rate * gradient / sqrtf(squares[at] + EPSILON);
    }
}

/* One step of AdaGrad for a headline, less the features that are dropped; returns the loss. */
static float step(Model *model, int32_t *found, int64_t n, int32_t label, float rate, float *units, float *gradients, float *scores)
{
    int64_t n_units = model->n_units, n_classes = model->n_classes, n_kept = thin(found, n, model->dropped, &model->state);
    float *biases = model->top + n_classes * n_units, squared = 0;
    memcpy(units, biases, (size_t)n_units * sizeof *units);
    for (int64_t at = 0; at < n_kept; at++) {
        const float *row = model->rows + found[at] * n_units;
        for (int64_t unit = 0; unit < n_units; unit++)
            units[unit] += row[unit];
    }
    for (int64_t unit = 0; unit < n_units; unit++)
        units[unit] = units[unit] > 0 ? units[unit] : 0;
    for (int64_t k = 0; k < n_classes; k++) {
        scores[k] = 0;
        for (int64_t unit = 0; unit < n_units; unit++)
            scores[k] += model->top[k * n_units + unit] * units[unit];
    }
    float loss = errors_of(scores, n_classes, label);
    memset(gradients, 0, (size_t)n_units * sizeof *gradients);
    for (int64_t k = 0; k < n_classes; k++) {
        float *weights = model->top + k * n_units;
        for (int64_t unit = 0; unit < n_units; unit++)
            gradients[unit] += scores[k] * weights[unit];
        adjust(weights, model->top_squares + k * n_units, units, scores[k], TOP_RATE * rate, n_units);
    }
    for (int64_t unit = 0; unit < n_units; unit++) {
        gradients[unit] = units[unit] > 0 ? gradients[unit] : 0;
        squared += gradients[unit] * gradients[unit];
    }
    adjust(biases, model->top_squares + n_classes * n_units, gradients, 1, TOP_RATE * rate, n_units);
    for (int64_t at = 0; at < n_kept; at++) {
        float *row = model->rows + found[at] * n_units, *square = model->squares + found[at];
        *square += squared / (float)n_units;
        float factor = rate / sqrtf(*square + EPSILON);
        for (int64_t unit = 0; unit < n_units; unit++)
            row[unit] -= factor * gradients[unit];
    }
    return loss;
}

static PyObject *hidden_train(PyObject *module, PyObject *args)
{
    Py_buffer rows, squares, top, top_squares, starts, named, ids, labels;
    View view = {0};
    Py_ssize_t n_units, length;
    float rate, last_rate, dropout;
    unsigned long long state;
    if (!PyArg_ParseTuple(args, "w*w*w*w*(y*y*LLL)y*y*nnfffK", &rows, &squares, &top, &top_squares, &starts, &named,
                          &view.n_known, &view.pairs, &view.n_buckets, &ids, &labels, &n_units, &length, &rate, &last_rate,
                          &dropout, &state))
        return NULL;
    view.starts = starts.buf, view.rows = named.buf, view.n_words = starts.len / 8 - 1;
    int64_t n_rows = squares.len / 4, n = labels.len / 4, n_classes = n_units > 0 ? top.len / 4 / n_units - 1 : 0;
    const int32_t *words = ids.buf;
    Model model = {0};
    float *scratch = NULL;
    int32_t *found = NULL;
    double loss = 0;
    int status = n_classes > 0 && length > 0 && rows.len / 4 / n_units == n_rows && top_squares.len == top.len && dropout >= 0 &&
                 dropout < 1 && ids.len / 4 / length == n && n_rows <= INT32_MAX &&
                 is_sound(&view, starts.len / 8, named.len / 4, n_rows) && are_below(words, n * length, view.n_words) &&
                 are_below(labels.buf, n, n_classes);
    if (!status)
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit together");
    else {
        scratch = malloc((size_t)(n_classes + 2 * n_units) * sizeof *scratch);
        found = malloc((size_t)(most_of_all(&view, words, n, length) + 1) * sizeof *found);
        if (!(status = scratch && found))
            PyErr_NoMemory();
    }
    if (status) {
        Py_BEGIN_ALLOW_THREADS
        model = (Model){rows.buf, squares.buf, top.buf, top_squares.buf, n_units, n_classes, (uint32_t)(dropout * 4294967296.0), state};
        for (int64_t row = 0; row < n; row++) {
            int64_t n_found = features(&view, words + row * length, length, found);
            float now = rate + (last_rate - rate) * (float)row / (float)n;
            loss += step(&model, found, n_found, ((const int32_t *)labels.buf)[row], now, scratch, scratch + n_units,
                         scratch + 2 * n_units);
        }
        Py_END_ALLOW_THREADS
    }
    free(scratch);
    free(found);
    PyBuffer_Release(&rows);
    PyBuffer_Release(&squares);
    PyBuffer_Release(&top);
    PyBuffer_Release(&top_squares);
    PyBuffer_Release(&starts);
    PyBuffer_Release(&named);
    PyBuffer_Release(&ids);
    PyBuffer_Release(&labels);
    return status ? Py_BuildValue("dK", loss, (unsigned long long)model.state) : NULL;
}

static PyMethodDef functions[] = {
    {"train", hidden_train, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "headline_mxnet._hidden", NULL, 0, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__hidden(void)
{
    return PyModule_Create(&definition);
}
