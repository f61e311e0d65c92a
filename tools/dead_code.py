#!/usr/bin/env python3
"""Fails on a function or type of our headers, a query, or a function of the schemas nova and nova_queue, that nothing in
production uses: tests keep nothing alive.

It knows names, not meanings: a name is alive when one that is alive mentions it, or code that belongs to no name of
a header. So an overload that nobody calls is missed where another of its name is called; what is reported is dead.
"""
import collections
import pathlib
import re
import sys

FOLDERS = ('actors', 'adopt', 'app', 'base', 'cluster', 'demo', 'http', 'inspection', 'jobs', 'json', 'mail', 'messages', 'nylas', 'pg', 'shell', 'simulator', 'syncs', 'webhooks')

# What stays all the same, with the reason. A line whose name is in use by now, or gone, fails too.
KEPT = {
    'claim_sync_retries': 'waits for the workers of integrations',
    'crash': 'ends any actor of a node in a test; goes when every actor is in the directory with a handle, as the shell kills',
    'function_handler': "the door for handlers that are compiled in: docs/messenger.md",
    'finish_sync': 'waits for the workers of integrations',
    'messenger_send': 'many messages in one statement: what tests and programs with a registry of their own send with',
    'start_sync': 'waits for the workers of integrations',
    'update_sync_watermark': 'waits for the workers of integrations',
    'visit_truth': "the simulator's door for those who test against it: docs/simulator.md",
}
# The same for functions of SQL.
KEPT_SQL = {
    'nova.drop_api_roles': 'what the down scripts that undo make_api_roles call',
    'nova.claim_alerts': 'waits for the workers of integrations',
    'nova.finish_alerts': 'waits for the workers of integrations',
    'nova_queue.expose_queue': 'lets another role use one queue; called by whoever owns the database',
}

NO_TOKEN = re.compile(r'^[ \t]*#[ \t]*(?:include|pragma|if|ifdef|ifndef|else|endif)\b[^\n]*|//[^\n]*|/\*.*?\*/'
                      r'|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\b\d[\w.\']*|\'(?:\\.|[^\'\\\n])+\'', re.S | re.M)
TOKEN = re.compile(r'\n|[A-Za-z_]\w*|::|->|\[\[|[^\s\w]')
# Stand before a parenthesis and name no function.
NO_FUNCTION = {'alignas', 'decltype', 'defined', 'explicit', 'noexcept', 'operator', 'requires', 'sizeof', 'static_assert'}
OPENING, CLOSING = {'(': ')', '{': '}', '[': ']', '[[': ']'}, {')', '}', ']'}


def is_name(token):
    return token[0].isalpha() or token[0] == '_'


def tokens_of(text):
    """Pairs of token and line, without comments, literals and directives that name nothing."""
    line = 1
    for token in TOKEN.findall(NO_TOKEN.sub(lambda match: ' ' + '\n' * match[0].count('\n'), text)):
        if token == '\n':
            line += 1
        else:
            yield token, line


class reader:
    """Reads one file: what it declares, and which names are mentioned by whom."""

    def __init__(self, text):
        self.declared = []     # name, line, whether it overrides
        self.mentions = []     # name, owners
        self.tokens = list(tokens_of(text))
        self.at = 0
        self.read_scope(())

    def read_scope(self, owners):
        """To the brace that ends a namespace or type; `owners` are the types around."""
        head, inside, function = [], 0, ()
        while self.at < len(self.tokens):
            token, line = self.tokens[self.at]
            self.at += 1
            if token == '}' and not inside:
                return
            if token == '{' and not inside:
                function = self.open(head, owners, function)
                head = []
            elif token == ';' and not inside:
                self.declare(head, owners)
                head, function = [], ()
            elif token == ':' and [t for t, _ in head] in (['public'], ['private'], ['protected']):
                head = []
            else:
                inside += (token in OPENING) - (token in CLOSING) + (token == '[[')
                head.append((token, line))

    def open(self, head, owners, function):
        """What a brace at the level of declarations begins. Returns whose body it was."""
        words = [token for token, _ in head]
        if words[:1] == ['namespace'] or words[:2] == ['inline', 'namespace'] or words == ['extern']:
            self.read_scope(owners)
            return ()
        kind = next((k for k in ('struct', 'class', 'union', 'enum') if k in self.without_template(words)[:1]), None)
        if kind and kind != 'enum':
            name = self.type_name(head, kind)
            self.mention(words, owners + name, name)
            self.read_scope(owners + name)
            return ()
        # `name{1}, other{2} {`: the members of a constructor belong to it as its body does.
        goes_on = function and words[:1] in ([], [','])
        if goes_on:
            self.mention(words, function, ())
        else:
            function = self.declare(head, owners)
        self.read_body(function, kind == 'enum')
        return function

    def read_body(self, owners, ignored):
        depth = 1
        while depth and self.at < len(self.tokens):
            token, _ = self.tokens[self.at]
            self.at += 1
            depth += (token == '{') - (token == '}')
            if is_name(token) and not ignored:
                self.mentions.append((token, owners))

    @staticmethod
    def without_template(words):
        if words[:1] != ['template']:
            return words
        depth = 0
        for index, word in enumerate(words):
            depth += (word == '<') - (word == '>')
            if word == '>' and not depth:
                return reader.without_template(words[index + 1:])
        return words

    def type_name(self, head, kind):
        """A tuple of the name, which is empty for a specialisation."""
        words = [token for token, _ in head]
        at = len(words) - len(self.without_template(words)) + 1
        while at < len(words) and words[at] == '[[':
            at = words.index(']', at) + 2
        if at >= len(words) or not is_name(words[at]) or words[at + 1:at + 2] in (['<'], ['::']):
            return ()
        self.declared.append((words[at], head[at][1], False))
        return (words[at],)

    def declare(self, head, owners):
        """A declaration without a body, or the part before it. Returns the owners of a body that follows."""
        words = [token for token, _ in head]
        plain = self.without_template(words)
        if plain[:1] == ['using'] and plain[2:3] == ['=']:
            at = len(words) - len(plain) + 1
            self.declared.append((words[at], head[at][1], False))
            self.mention(words, owners + (words[at],), (words[at],))
            return owners
        if plain[-2:-1] in (['struct'], ['class']) and plain[:-2] in ([], ['friend']):
            return owners
        at = self.declarator(words)
        if at is None:
            self.mention(words, owners, ())
            return owners
        first = at
        while first >= 2 and words[first - 1] == '::' and is_name(words[first - 2]):
            first -= 2
        around = tuple(words[first:at:2])
        constructs = words[at] in around + owners or words[at - 1:at] == ['~']
        mine = owners + around + (() if constructs else (words[at],))
        if not constructs and not around:
            self.declared.append((words[at], head[at][1], 'override' in words or words[:1] == ['friend']))
        self.mention(words[:first] + self.without_parameter_names(words[at + 1:]), mine, ())
        return mine

    @staticmethod
    def without_parameter_names(words):
        """`(const box& one, int size = 2)` mentions box."""
        return [word for before, word, after in zip(['', *words], words, [*words[1:], ''])
                if not (after in (',', ')', '=') and (before in ('&', '*', '>') or before != 'const' and before and is_name(before)))]

    @staticmethod
    def declarator(words):
        """Where the name of the function stands that this declares; None when it declares none."""
        angle = depth = 0
        for at, word in enumerate(words):
            if word == '=' and not angle and not depth:
                return None
            if word == '(' and not angle and not depth and at and is_name(words[at - 1]) and words[at - 1] not in NO_FUNCTION:
                before = words[at - 2] if at > 1 else ''
                if 'operator' in words[:at]:
                    return None
                return at - 1 if not before or is_name(before) or before in ('>', '&', '*', '::', '~', ']') else None
            angle = max(0, angle + (word == '<') - (word == '>')) if not depth else angle
            depth += (word in OPENING) - (word in CLOSING) + (word == '[[')
        return None

    def mention(self, words, owners, besides):
        self.mentions += [(word, owners) for word in words if is_name(word) and word not in besides]


def seen_from(files):
    """Of each file the headers that it includes, those they include, and itself."""
    included = {path: [name for name in re.findall(r'^#include "([^"]+)"', text, re.M) if name in files]
                for path, text in files.items()}
    seen = {}
    for path in files:
        found, next_ones = {path}, [path]
        while next_ones:
            new = set(included[next_ones.pop()]) - found
            found |= new
            next_ones += new
        seen[path] = found
    return seen


class product:
    """All files together. A declaration is a name and its header."""

    def __init__(self, files):
        self.declared = {}                              # line by declaration
        self.headers = collections.defaultdict(set)     # of a name
        self.mentions = set()                           # name, file, owners
        overridden = set()
        for path, text in files.items():
            found = reader(text)
            self.mentions |= {(name, path, owners) for name, owners in found.mentions}
            overridden |= {name for name, _, overrides in found.declared if overrides}
            if path.endswith('.hpp'):
                self.declared |= {(name, path): line for name, line, _ in reversed(found.declared)}
        # What overrides is called through its base, which may be a library's.
        self.declared = {one: line for one, line in self.declared.items() if one[0] not in overridden}
        for name, path in self.declared:
            self.headers[name].add(path)
        self.seen = seen_from(files)

    def meant(self, name, path):
        """The declarations that a name in that file may mean."""
        return {(name, header) for header in self.headers.get(name, ()) if header in self.seen[path]}

    def reached(self, name, path):
        """The same for a call: in a header it may be a template's, which sees what its user sees."""
        return {(name, header) for header in self.headers[name]} if path.endswith('.hpp') else self.meant(name, path)

    def spread(self, alive):
        """Adds to what is alive what that mentions, until nothing is added."""
        waiting = [(self.reached(name, path), [self.meant(owner, path) for owner in owners])
                   for name, path, owners in self.mentions if name in self.headers]
        size = -1
        while size != len(alive):
            size, still = len(alive), []
            for targets, owners in waiting:
                if all(not known or known & alive for known in owners):
                    alive |= targets
                else:
                    still.append((targets, owners))
            waiting = still
        return alive


def find_dead(files, kept=()):
    """`files` is text by path. Returns path, line and name of what is dead, and the kept that need not be."""
    everything = product(files)
    needed = everything.spread(set())
    spared = {one for one in everything.declared if one[0] in kept}
    unneeded = {name for name in kept if all(one in needed for one in spared if one[0] == name)}
    alive = everything.spread(needed | spared)
    dead = [(path, line, name) for (name, path), line in everything.declared.items() if (name, path) not in alive]
    return sorted(dead), sorted(unneeded)


SQL_COMMENT = re.compile(r'--[^\n]*|/\*.*?\*/', re.S)
SQL_NAME = re.compile(r'\b(nova(?:_queue)?\.\w+)')
SQL_FUNCTION = re.compile(r'create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+(nova(?:_queue)?\.\w+)(.*?)(\$\w*\$)(.*?)\3', re.S | re.I)
# Statements that name functions and call none.
SQL_ABOUT = re.compile(r'^[ \t]*(?:comment\s+on|revoke|grant|drop|alter)\b[^;]*;', re.M | re.I)


def find_dead_sql(migrations, callers):
    """`migrations` is the text of files by path, `callers` texts whose every mention is a call. Returns path and name."""
    made, calls = {}, collections.defaultdict(set)
    alive = set().union(*(SQL_NAME.findall(text) for text in callers))
    for path, text in migrations.items():
        text = SQL_COMMENT.sub('', text)
        for name, head, _, body in SQL_FUNCTION.findall(text):
            made.setdefault(name, path)
            calls[name] |= set(SQL_NAME.findall(head + body))
        alive |= set(SQL_NAME.findall(SQL_ABOUT.sub('', SQL_FUNCTION.sub('', text))))
    waiting = list(alive)
    while waiting:
        called = calls[waiting.pop()] - alive
        alive |= called
        waiting += called
    return sorted((path, name) for name, path in made.items() if name not in alive)


def dead_sql(root):
    """Functions that no query, trigger, view, page for users or program calls. Returns path and name, and the kept that need
    not be."""
    migrations = {file.relative_to(root).as_posix(): file.read_text() for file in sorted((root / 'schema').glob('*/*.up.sql'))}
    callers = [SQL_COMMENT.sub('', file.read_text()) for file in (root / 'schema').glob('*/queries/*.sql')]
    callers += [file.read_text() for folder in FOLDERS for file in (root / folder).rglob('*.cpp')]
    callers.append((root / 'docs/sql.md').read_text())
    dead = {name for _, name in find_dead_sql(migrations, callers)}
    return find_dead_sql(migrations, [*callers, *KEPT_SQL]), sorted(set(KEPT_SQL) - dead)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    files = {file.relative_to(root).as_posix(): file.read_text()
             for folder in FOLDERS for file in sorted((root / folder).rglob('*.[ch]pp'))}
    dead, unneeded = find_dead(files, KEPT)
    called = {name for text in files.values() for name in re.findall(r'sql::(\w+)', text)}
    dead += [(query.relative_to(root), 1, query.stem) for query in sorted((root / 'schema').glob('*/queries/*.sql'))
             if query.stem not in called]
    dead_functions, kept_too_long = dead_sql(root)
    dead += [(path, 1, name) for path, name in dead_functions]
    unneeded += kept_too_long
    for path, line, name in dead:
        print(f"{path}:{line}: nothing in production uses '{name}': delete it with its tests")
    for name in unneeded:
        print(f"tools/dead_code.py: '{name}' is in use, or gone: take it off the list")
    return bool(dead or unneeded)


if __name__ == '__main__':
    sys.exit(main())
