/* SPDX-License-Identifier: BSL-1.0
 *
 * The lock of a shard of keys, which is biased towards readers.
 * Mirrors: framework/src/registry/biased_lock.hpp and biased_lock.cpp.
 *
 * Each reader reads ROUNDS times, each of WRITERS writers writes ROUNDS times. The bias may be given by any read that
 * took the mutex.
 *
 * A reader's stores leave its store buffer in order, at any time, as on x86 (TSO); its mutex, and the
 * writer's fence for all threads, wait until the buffer is empty. The writer's store of the bias is seen at
 * once: that fence follows it.
 *
 * Proved: while a writer writes, no other thread writes or reads.
 *
 * Small: -DREADERS=2 -DWRITERS=1 -DROUNDS=2
 * Full: -DREADERS=2 -DWRITERS=2 -DROUNDS=3
 * Full: -DREADERS=3 -DWRITERS=2 -DROUNDS=2
 * Mutants:
 *  1: The writer fences only for itself.
 *  2: The reader does not look again whether the lock is biased, after it has said that it reads.
 *  3: The writer does not wait for readers that have said that they read.
 *  4: The reader says that it has read before it reads.
 *  5: The bias is given without the mutex.
 *  6: The writer takes the bias away behind its fence.
 *  7: The writer takes the bias away, and goes on, without the mutex.
 */
#ifndef MUTANT
#define MUTANT 0
#endif

bool biased, mutex;
bool reads[READERS];            /* as other threads see it */
chan buffer[READERS] = [4] of { bool };
byte writing, reading;

proctype memory(byte i) {
end:
    do
    :: atomic { buffer[i] ? reads[i] }
    od
}

inline take_mutex() { atomic { !mutex -> mutex = true } }

proctype reader(byte i) {
    byte round;
    bool claimed;
    do
    :: round < ROUNDS ->
        round++;
        claimed = false;
        if
        :: biased ->
            buffer[i] ! true;
            if
#if MUTANT == 2
            :: true -> claimed = true
#else
            :: biased -> claimed = true
            :: else -> buffer[i] ! false
#endif
            fi
        :: else
        fi;
        if
        :: claimed
        :: else ->
#if MUTANT == 5
            biased = true;
#endif
            empty(buffer[i]);
            take_mutex();
            if
            :: biased = true
            :: true
            fi
        fi;
#if MUTANT == 4
        if
        :: claimed -> buffer[i] ! false
        :: else
        fi;
#endif
        atomic { reading++; assert(writing == 0) };
        reading--;
        if
#if MUTANT == 4
        :: claimed
#else
        :: claimed -> buffer[i] ! false
#endif
        :: else -> empty(buffer[i]); mutex = false
        fi
    :: else -> break
    od
}

inline fence_all() {
    i = 0;
    do
#if MUTANT != 1
    :: i < READERS -> empty(buffer[i]); i++
    :: else -> break
#else
    :: break
#endif
    od
}

proctype writer() {
    byte round, i;
    do
    :: round < ROUNDS ->
        round++;
#if MUTANT != 7
        take_mutex();
#endif
        if
        :: biased ->
#if MUTANT == 6
            fence_all();
            biased = false;
#else
            biased = false;
            fence_all();
#endif
#if MUTANT != 3
            i = 0;
            do
            :: i < READERS -> !reads[i]; i++
            :: else -> break
            od
#endif
        :: else
        fi;
        atomic { writing++; assert(writing == 1 && reading == 0) };
        writing--;
#if MUTANT != 7
        mutex = false
#endif
    :: else -> break
    od
}

init {
    byte i;
    atomic {
        do
        :: i < READERS -> run memory(i); run reader(i); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < WRITERS -> run writer(); i++
        :: else -> break
        od
    }
}
