/* textprep._core: many texts at once to numbers and rows, without an object of Python for each word.

   Python's side is `core.py`, which says what each function takes and returns. A function takes texts as a tuple of str, so
   that they stay alive while others run, and lets go of the interpreter's lock where there is more than a little to do.
   Tables are capsules: made once, read by all threads and, copy on write, by forked processes. */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "count.h"
#include "score.h"

#define REMEMBERED 64 /* bytes of the longest word worth remembering; longer ones do not come back */
#define LITTLE 20000 /* characters that are not worth giving the lock away for, and perhaps waiting 5 ms to get it back */

typedef struct {
    Table known, met; /* words of the corpus; words that were met since */
    size_t spare;     /* how many of these are remembered at most */
} Words;

static void *opened(PyObject *capsule, const char *name)
{
    return PyCapsule_GetPointer(capsule, name);
}

/* A copy of the content of a buffer of n items, any number if n is 0; NULL with an exception. */
static void *copied(PyObject *object, size_t item, size_t *n)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE))
        return NULL;
    void *copy = NULL;
    if (buffer.len % (Py_ssize_t)item || (*n && (size_t)buffer.len != *n * item))
        PyErr_Format(PyExc_ValueError, "a table of %zd bytes does not hold %zu numbers", buffer.len, *n);
    else if (!(copy = malloc((size_t)buffer.len + 1)))
        PyErr_NoMemory();
    else {
        memcpy(copy, buffer.buf, (size_t)buffer.len);
        *n = (size_t)buffer.len / item;
    }
    PyBuffer_Release(&buffer);
    return copy;
}

static int copy_into(void *to, size_t size, PyObject *from)
{
    size_t n = size;
    void *copy = copied(from, 1, &n);
    if (copy)
        memcpy(to, copy, size);
    free(copy);
    return copy ? 0 : -1;
}

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

static PyObject *failed(void)
{
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
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

/* Memory as an object that NumPy can look into, so that nothing is copied. */
typedef struct {
    PyObject_HEAD
    void *content;
    Py_ssize_t size;
} Memory;

static int memory_buffer(PyObject *self, Py_buffer *view, int flags)
{
    return PyBuffer_FillInfo(view, self, ((Memory *)self)->content, ((Memory *)self)->size, 0, flags);
}

static void memory_free(PyObject *self)
{
    free(((Memory *)self)->content);
    Py_TYPE(self)->tp_free(self);
}

static PyBufferProcs memory_procedures = {memory_buffer, NULL};

static PyTypeObject memory_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "textprep._core.Memory",
    .tp_basicsize = sizeof(Memory),
    .tp_dealloc = memory_free,
    .tp_as_buffer = &memory_procedures,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

/* Give memory away to an object, which will free it. */
static PyObject *memory(void *content, size_t size)
{
    void *smaller = realloc(content, size + 1);
    Memory *object = PyObject_New(Memory, &memory_type);
    content = smaller ? smaller : content;
    if (!object) {
        free(content);
        return NULL;
    }
    object->content = content;
    object->size = content ? (Py_ssize_t)size : 0;
    return (PyObject *)object;
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
