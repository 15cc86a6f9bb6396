/* What all functions use of Python: capsules, buffers, and memory that becomes an object. */
#ifndef MEMORY_H
#define MEMORY_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

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

static PyObject *failed(void)
{
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
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

#endif
