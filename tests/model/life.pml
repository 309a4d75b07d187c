/* SPDX-License-Identifier: BSL-1.0
 *
 * A slot and its incarnations while senders push to any of them, live or dead.
 * Mirrors: framework/src/process/inbox.hpp (push, take_all, go_idle, open, close, renew), process_exit.cpp (the exit steps),
 * spawn.cpp (new_process) and process_table.cpp (take, put, give_back, revive), for a slab with one slot.
 *
 * A spawner makes LIVES incarnations one after the other in the same slot, senders push to any pid they
 * have ever seen, a runner handles messages and lets the process die at any turn, and the empty slab is
 * given back to the kernel, after which its word reads as zero. Tags go up to LAST_TAG.
 *
 * Proved: no message reaches another incarnation than the one it was sent to; each is handled, refused
 * at the death, or not delivered, once; a process is called dead only if it is; one owner at a time.
 *
 * Small: -DSENDERS=1 -DMESSAGES=2 -DLIVES=3 -DLAST_TAG=4 -DGIVE_BACKS=2
 * Small: -DSENDERS=2 -DMESSAGES=1 -DLIVES=2 -DLAST_TAG=1 -DGIVE_BACKS=1
 * Full: -DSENDERS=2 -DMESSAGES=1 -DLIVES=3 -DLAST_TAG=2 -DGIVE_BACKS=1
 * Full: -DSENDERS=2 -DMESSAGES=1 -DLIVES=3 -DLAST_TAG=4 -DGIVE_BACKS=2
 * Mutants:
 *  1: [-DSENDERS=1 -DMESSAGES=2 -DLIVES=3 -DLAST_TAG=2 -DGIVE_BACKS=0] A slot whose tags are used up is not retired: they begin again.
 *  2: A slab that comes back starts with its first tag again.
 *  3: A sender looks at the tag and then compares the rest of the word only.
 *  4: Tag 0, which an empty page shows, is given to a living process.
 *  5: The process dies by a load and a store, not by an exchange.
 *  6: Death does not advance the tag.
 *  7: The slab is given back without a look under the lock whether its slot is free.
 *  8: The slot is free before its messages were refused.
 *  9: A sender looks into the slot once more after its push.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#if MUTANT == 4
#define FIRST_TAG 0
#else
#define FIRST_TAG 1
#endif
#define NODES (SENDERS + 1)
#define NIL 255

/* Under a tag the word is EMPTY, IDLE, DEAD, or node n on top. */
#define EMPTY 0
#define IDLE 1
#define DEAD 2
#define TOP(n) (n + 3)
#define NODE(w) (w - 3)

byte tag, rest;                 /* the two parts of the word, always read and written together */
byte head = NIL, tail = NIL;    /* the taken messages */
byte tokens;

byte lives_in;                  /* which incarnation the slot is, 0: none */
byte owners;
byte spawned;
byte tag_of[LIVES + 1];         /* the pids */
bool is_dead[LIVES + 1];

bool lock;                      /* of the slab */
bool free, resident, used_up;
byte base;                      /* all tags up to here are used up */

byte next[NODES], sent_to[NODES];
bool used[NODES];
byte sent, handled, refused, undelivered;

inline exchange_if(expected_tag, expected, desired, ok) {
    d_step {
        if
        :: tag == expected_tag && rest == expected -> rest = desired; ok = true
        :: else -> ok = false; seen_tag = tag; seen = rest
        fi
    }
}

/* What a sender compares with after it has looked at the tag once. */
inline exchange_if_without_tag(expected, desired, ok) {
    d_step {
        if
        :: rest == expected -> rest = desired; ok = true
        :: else -> ok = false; seen_tag = t; seen = rest
        fi
    }
}

proctype sender() {
    byte n, to, t, seen_tag, seen, count;
    bool ok;
    do
    :: count < MESSAGES ->
        atomic {
            spawned > 0;
            n = 0;
            do
            :: n < NODES && used[n] -> n++
            :: else -> break
            od;
            n < NODES;
            to = 1;
            do
            :: to < spawned -> to++
            :: break
            od;
            used[n] = true;
            sent_to[n] = to;
            t = tag_of[to];
            sent++
        }
        d_step { seen_tag = tag; seen = rest };
        do
        :: seen_tag != t || seen == DEAD ->
            d_step { assert(is_dead[to]); used[n] = false; undelivered++ };
            break
        :: seen_tag == t && seen == IDLE ->
#if MUTANT == 3
            exchange_if_without_tag(IDLE, EMPTY, ok);
#else
            exchange_if(t, IDLE, EMPTY, ok);
#endif
            if
            :: ok ->
                owners++;
                assert(owners == 1 && lives_in == to);
                d_step {
                    assert(owners == 1 && lives_in == to);
                    next[n] = NIL;
                    if
                    :: tail != NIL -> next[tail] = n
                    :: else -> head = n
                    fi;
                    tail = n
                };
                tokens++;
                break
            :: else
            fi
        :: seen_tag == t && seen != IDLE && seen != DEAD ->
            next[n] = (seen == EMPTY -> NIL : NODE(seen));
#if MUTANT == 3
            exchange_if_without_tag(seen, TOP(n), ok);
#else
            exchange_if(t, seen, TOP(n), ok);
#endif
            if
            :: ok ->
#if MUTANT == 9
                assert(lives_in == to);
#endif
                break
            :: else
            fi
        od;
        atomic { count++; n = 0; to = 0; t = 0; seen_tag = 0; seen = 0; ok = false }
    :: else -> break
    od
}

inline put_slot_back() {
    atomic {
        !lock ->
        owners--;
        lives_in = 0;
        if
        :: tag == 0 && FIRST_TAG == 1 -> used_up = true
        :: else -> free = true
        fi
    }
}

inline die() {
    me = lives_in;
#if MUTANT == 5
    last = rest;
#endif
    atomic {
#if MUTANT != 5
        last = rest;
#endif
#if MUTANT == 1
        tag = (tag == LAST_TAG -> 1 : tag + 1);
#elif MUTANT != 6
        tag = (tag == LAST_TAG -> 0 : tag + 1);
#endif
        rest = DEAD;
        is_dead[me] = true
    };
#if MUTANT == 8
    put_slot_back();
#endif
    do
    :: head != NIL -> d_step { n = head; assert(sent_to[n] == me); head = next[n]; used[n] = false; refused++ }
    :: else -> tail = NIL; break
    od;
    n = (last < TOP(0) -> NIL : NODE(last));
    do
    :: n != NIL -> d_step { assert(used[n] && sent_to[n] == me); used[n] = false; refused++; n = next[n] }
    :: else -> break
    od;
#if MUTANT != 8
    put_slot_back();
#endif
    atomic { me = 0; last = 0; n = 0 }
}

proctype runner() {
    byte n, me, last, newest, following;
    bool ok;
end:
    do
    :: atomic { tokens > 0 -> tokens-- };
        assert(owners == 1 && lives_in != 0);
        do
        :: die(); break         /* its owner may let it die at any turn */
        :: head != NIL ->
            d_step {
                n = head;
                head = next[n];
                if
                :: head == NIL -> tail = NIL
                :: else
                fi;
                assert(used[n] && sent_to[n] == lives_in && !is_dead[lives_in]);
                used[n] = false;
                handled++;
                n = 0
            }
        :: head == NIL ->
            if
            :: rest == EMPTY ->
                atomic {
                    if
                    :: rest == EMPTY -> rest = IDLE; owners--; ok = true
                    :: else -> ok = false
                    fi
                };
                if
                :: ok -> break
                :: else
                fi
            :: else ->
                d_step {
                    newest = NODE(rest);
                    rest = EMPTY;
                    tail = newest;
                    head = NIL;
                    do
                    :: newest != NIL ->
                        following = next[newest];
                        next[newest] = head;
                        head = newest;
                        newest = following
                    :: else -> break
                    od;
                    newest = 0; following = 0
                }
            fi
        od;
        ok = false
    od
}

/* take and new_process. */
proctype spawner() {
    bool got;
    do
    :: spawned < LIVES ->
        atomic { !lock -> lock = true };
        if
        :: !resident && !used_up ->
            /* revive */
            if
            :: base == LAST_TAG -> used_up = true
            :: else -> atomic { tag = base + FIRST_TAG; rest = DEAD; free = true; resident = true }
            fi
        :: else
        fi;
        if
        :: free -> atomic {
                assert(lives_in == 0 && owners == 0);
                free = false;
                owners = 1;
                lives_in = spawned + 1;
                head = NIL;
                tail = NIL;
                got = true
            }
        :: else
        fi;
        lock = false;
        if
        :: got ->
            rest = EMPTY;
            atomic { got = false; spawned++; tag_of[spawned] = tag; tokens++ }        /* the pid is known */
        :: else ->
            if
            :: atomic { used_up -> break }
            :: free || !resident
            fi
        fi
    :: else -> break
    od
}

proctype kernel() {
    byte count;
end:
    do
    :: count < GIVE_BACKS ->
#if MUTANT == 7
        free && resident;
        atomic { !lock -> lock = true };
#else
        atomic { !lock && free && resident -> lock = true };
#endif
        free = false;
#if MUTANT != 2
        base = tag;
#endif
        atomic { tag = 0; rest = 0; resident = false };
        count++;
        lock = false
    :: else -> break
    od
}

proctype at_rest() {
    byte n;
end:
    timeout ->
    assert(handled + refused + undelivered == sent);
    assert(lives_in == 0 || (rest == IDLE && !is_dead[lives_in]));
    assert(owners == 0);
    do
    :: n < NODES -> assert(!used[n]); n++
    :: else -> break
    od
}

init {
    byte i;
    atomic {
        run spawner();
        run kernel();
        run runner();
        do
        :: i < SENDERS -> run sender(); i++
        :: else -> break
        od;
        run at_rest()
    }
}
