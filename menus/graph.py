"""Cycles in a directed graph, found without recursion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of nodes that can reach one another, each in the order of the graph (Kosaraju's algorithm).

    A node alone is a group only if it leads to itself. Edges to nodes outside the graph are ignored.
    """
    backwards: dict[str, set[str]] = {name: set() for name in graph}
    for name, following in graph.items():
        for target in following & graph.keys():
            backwards[target].add(name)
    placed: set[str] = set()
    groups = []
    for name in reversed(list(_by_finish(graph))):
        if name not in placed:
            group = _gather(backwards, name, placed)
            placed |= group
            if len(group) > 1 or name in graph[name]:
                groups.append(group)
    position = {name: index for index, name in enumerate(graph)}
    return sorted((sorted(group, key=position.__getitem__) for group in groups), key=lambda group: position[group[0]])


def _by_finish(graph: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield the nodes in the order in which a depth-first search is done with them."""
    seen: set[str] = set()
    for root in graph:
        waiting = [(root, False)]
        while waiting:
            name, done = waiting.pop()
            if done:
                yield name
            elif name not in seen:
                seen.add(name)
                waiting.append((name, True))
                waiting += [(target, False) for target in graph[name] & graph.keys() if target not in seen]


def _gather(graph: Mapping[str, set[str]], start: str, without: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found and name not in without:
            found.add(name)
            waiting += graph[name]
    return found
