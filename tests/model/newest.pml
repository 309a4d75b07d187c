/* SPDX-License-Identifier: BSL-1.0
 *
 * The process that a thread runs next, which it touches without an atomic exchange, and which the watchdog
 * takes away while a handler holds the thread up.
 * Mirrors: framework/src/scheduler/lifo_slot.hpp (put, take, take_away, replace).
 *
 * The owner puts ITEMS items into the slot, each in the place of the one before, which it runs; it takes
 * some out again, and may stop at any time, held up. The watchdog comes TRIES times.
 *
 * The owner's stores leave its store buffer in order, at any time, as on x86 (TSO); its exchange, and the
 * watchdog's fence for both, wait until the buffer is empty. The watchdog's own stores are seen at once: an
 * exchange or that fence follows each.
 *
 * Proved: each item is run once, or lies in the slot.
 *
 * Small: -DITEMS=3 -DTRIES=2
 * Full: -DITEMS=6 -DTRIES=4
 * Mutants:
 *  1: The watchdog fences only for itself.
 *  2: The watchdog does not look whether the owner is here.
 *  3: The owner does not look whether the watchdog is here.
 *  4: The owner says that it has gone before it stores.
 *  5: The watchdog says that it has gone before it exchanges.
 *  6: The owner looks for the watchdog before it says that it is here.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define SLOT 0
#define HERE 1

byte slot;                      /* 0: empty */
bool owner_is_here, watchdog_is_here;
byte runs[ITEMS + 1];

chan buffer = [8] of { byte, byte };    /* the owner's: which of the two, and the value */
byte slot_stores, last_slot;            /* how many for the slot lie in it, and the last value */

#define OWN_SLOT (slot_stores > 0 -> last_slot : slot)

proctype memory() {
    byte variable, value;
end:
    do
    :: atomic {
            buffer ? variable, value;
            if
            :: variable == SLOT -> slot = value; slot_stores--
            :: else -> owner_is_here = value
            fi
        }
    od
}

inline store(variable, value) {
    atomic {
        buffer ! variable, value;
        if
        :: variable == SLOT -> slot_stores++; last_slot = value
        :: else
        fi
    }
}

inline execute(item) {
    atomic {
        if
        :: item != 0 -> runs[item]++; assert(runs[item] == 1)
        :: else
        fi;
        item = 0
    }
}

inline replace(item) {
#if MUTANT == 6
    seen = watchdog_is_here;
    store(HERE, 1);
#else
    store(HERE, 1);
    seen = watchdog_is_here;
#endif
    if
    :: seen && MUTANT != 3 -> atomic { len(buffer) == 0 -> before = slot; slot = item }
    :: else ->
        before = OWN_SLOT;
#if MUTANT == 4
        store(HERE, 0);
#endif
        store(SLOT, item)
    fi;
#if MUTANT != 4
    store(HERE, 0);
#endif
    seen = false
}

proctype owner() {
    byte made, before;
    bool seen, occupied;
    do
    :: made < ITEMS ->
        made++;
        occupied = (OWN_SLOT != 0);
        if
        :: occupied -> replace(made)
        :: else -> store(SLOT, made)
        fi;
        execute(before)
    :: OWN_SLOT != 0 -> replace(0); execute(before)
    :: break
    od
}

proctype watchdog() {
    byte tries, item;
    do
    :: tries < TRIES ->
        tries++;
        if
        :: slot != 0 ->
            watchdog_is_here = true;
#if MUTANT != 1
            len(buffer) == 0;
#endif
            if
            :: !owner_is_here || MUTANT == 2 ->
#if MUTANT == 5
                watchdog_is_here = false;
#endif
                atomic { item = slot; slot = 0 };
                execute(item)
            :: else
            fi;
            watchdog_is_here = false
        :: else
        fi
    :: else -> break
    od
}

proctype at_rest() {
    byte made, i;
end:
    timeout ->
    d_step {
        assert(len(buffer) == 0 && !owner_is_here && !watchdog_is_here);
        i = 1;
        do
        :: i <= ITEMS && runs[i] + (slot == i) > 0 -> assert(runs[i] + (slot == i) == 1); i++
        :: else -> break
        od;
        do      /* those that were never made: the owner stopped */
        :: i <= ITEMS -> assert(runs[i] + (slot == i) == 0); i++
        :: else -> break
        od
    }
}

init {
    atomic { run memory(); run owner(); run watchdog(); run at_rest() }
}
