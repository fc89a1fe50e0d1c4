"""Damage to a valid request: any node deleted, renamed, retyped, swapped, doubled or blown up."""

from copy import deepcopy

from hypothesis import strategies as st

from fhir_fixtures import load_request, request_names, service_of

REQUESTS = {name: load_request(name) for name in request_names()}
SERVICES = {name: service_of(name) for name in REQUESTS}
WRONG = (None, True, "", "x", [], {}, [None], [{}], {"x": 1}, "\ufdd0", "Patient/x", [[["x"]]])
NUMBERS = (0, -1, 1.5, 1e300, 2**63, -(2**64))


def paths(value, path=()):
    """The path of every node below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in items:
        yield (*path, step)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*path, step))


PATHS = {name: list(paths(request)) for name, request in REQUESTS.items()}


def node_at(value, path):
    for step in path:
        value = value[step]
    return value


def remove(owner, step, _):
    del owner[step]


def rename(owner, step, _):
    if isinstance(owner, dict):
        owner[f"{step}x"] = owner.pop(step)


def wrap(owner, step, _):
    owner[step] = [owner[step]]


def retype(owner, step, draw):
    owner[step] = draw(st.sampled_from(WRONG))


def renumber(owner, step, draw):
    owner[step] = draw(st.sampled_from(NUMBERS))


def double(owner, step, _):
    if isinstance(owner, list):
        owner.insert(step, deepcopy(owner[step]))


def blow_up(owner, step, draw):
    owner[step] = draw(st.sampled_from(BLOWN_UP))(owner[step])


def deeper(value, depth=50):
    for _ in range(depth):
        value = [value]
    return value


BLOWN_UP = (
    lambda value: [value] * 600,
    lambda value: {str(number): value for number in range(300)},
    lambda value: f"{value if isinstance(value, str) else ''} " * 3000,
    lambda value: "\U0001f9b4\u202e`" * 500,
    deeper,
)
# What leaves less to be read, or nothing that can be: nothing else is ever said by it.
SPOILING = (remove, rename, wrap, retype, double)
ANY = (*SPOILING, renumber, blow_up)


@st.composite
def damaged(draw, name, ways=ANY, most=3):
    """A request with up to a few nodes damaged, and the paths of these."""
    request, hit = deepcopy(REQUESTS[name]), []
    for _ in range(draw(st.integers(1, most))):
        path, way = draw(st.sampled_from(PATHS[name])), draw(st.sampled_from(ways))
        if way is blow_up:
            ways = SPOILING  # once: what is blown up twice has gigabytes
        try:
            way(node_at(request, path[:-1]), path[-1], draw)
        except (KeyError, IndexError, TypeError):
            continue  # that node went with an earlier one
        hit.append(path)
    return request, hit


@st.composite
def swapped(draw, name):
    """A request of which two nodes have changed places."""
    request = deepcopy(REQUESTS[name])
    one, other = (draw(st.sampled_from(PATHS[name])) for _ in range(2))
    first, second = deepcopy(node_at(request, one)), deepcopy(node_at(request, other))
    for path, value in ((one, second), (other, first)):
        try:
            node_at(request, path[:-1])[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    return request


@st.composite
def flipped(draw, body):
    """The bytes of a request, some of which are others, missing or doubled."""
    damaged_body = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(damaged_body) - 1))
        more = draw(st.binary(max_size=3))
        damaged_body[at : at + draw(st.integers(0, 3))] = more
    return bytes(damaged_body)
