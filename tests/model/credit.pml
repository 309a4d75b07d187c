/* SPDX-License-Identifier: BSL-1.0
 *
 * The count of waiting messages of a bounded mailbox, in a word of its own: tag and number.
 * Mirrors: framework/src/process/mailbox_bound.hpp (set, count_in, count_out) and signals/mailbox_limit.cpp
 * (try_reserve, give_room_back); the push itself is one step here, see inbox.pml and life.pml for it.
 *
 * Senders reserve room in the mailbox of any incarnation they have seen, then push; or they do not, since
 * a call would close a ring, or a kill came, and give the room back, as a sender does whose push is refused. The
 * owner takes messages and gives their room back; the process dies and its slot lives on under the next tag.
 *
 * Proved: no mailbox holds more than its bound; the number under a living tag is that of its waiting
 * messages and of the senders between reservation and push, so it never drifts; a late sender changes
 * nothing of the next life.
 *
 * Small: -DSENDERS=2 -DMESSAGES=2 -DLIVES=2 -DBOUND=2
 * Small: -DSENDERS=3 -DMESSAGES=1 -DLIVES=2 -DBOUND=2
 * Full: -DSENDERS=3 -DMESSAGES=2 -DLIVES=2 -DBOUND=2
 * Mutants:
 *  1: A sender looks at the number, and then adds to it without comparing.
 *  2: A sender compares the number, but not the tag.
 *  3: A sender gives its reservation back without a look at the present incarnation.
 *  4: A new life goes on with the number of the old one.
 *  5: The owner forgets to give the room back.
 *  6: A sender that does not push forgets to give the room back.
 *  7: A sender gives room back by a number that it read before, without comparing.
 */
#ifndef MUTANT
#define MUTANT 0
#endif

byte tag = 1, number;           /* the two parts of one word */
byte alive = 1;                 /* the tag of the live process, 0: none */
byte mailbox;                   /* messages of the live process */
byte reserved[LIVES + 1];       /* senders between reservation and push */

#define TRUE_NUMBER (mailbox + reserved[alive])

proctype sender() {
    byte to, seen_tag, seen, count, reserves;
    bool ok, has_room;
    do
    :: count < MESSAGES ->
        count++;
        atomic {
            to = 1;
            do
            :: to < tag -> to++
            :: break
            od
        };
        has_room = false;
        atomic { seen_tag = tag; seen = number };
        do
        :: (seen_tag != to && MUTANT != 2) || seen >= BOUND -> break
        :: else ->
            atomic {
                if
                :: MUTANT == 1 || (number == seen && (tag == seen_tag || MUTANT == 2)) ->
                    number++;
                    reserved[to]++;
                    has_room = true
                :: else -> seen_tag = tag; seen = number
                fi
            };
            if
            :: has_room -> break
            :: else
            fi
        od;
        if
        :: has_room ->
            if
            :: atomic {
                   reserved[to]--;
                   if
                   :: alive == to -> mailbox++; ok = true
                   :: else -> ok = false
                   fi;
                   assert(mailbox <= BOUND)
               };
               reserves = 0
            :: ok = false; reserves = 1
            fi;
#if MUTANT == 6
            if
            :: atomic { reserves == 1 -> reserved[to]--; ok = true }
            :: else
            fi;
#endif
            if
            :: ok
            :: else ->
                atomic { seen_tag = tag; seen = number };
                do
                :: seen_tag != to && MUTANT != 3 ->
                    atomic { reserved[to] = reserved[to] - reserves; break }
                :: else ->
                    atomic {
                        if
                        :: MUTANT == 3 -> number--; reserved[to] = reserved[to] - reserves; break
                        :: MUTANT == 7 ->
                            number = seen - 1; reserved[to] = reserved[to] - reserves; break
                        :: MUTANT != 3 && MUTANT != 7 && number == seen && tag == seen_tag ->
                            number--; reserved[to] = reserved[to] - reserves; break
                        :: MUTANT != 3 && MUTANT != 7 && !(number == seen && tag == seen_tag) ->
                            seen_tag = tag; seen = number
                        fi
                    }
                od
            fi
        :: else
        fi;
        atomic { to = 0; seen_tag = 0; seen = 0; reserves = 0; ok = false }
    :: else -> break
    od
}

proctype owner() {
end:
    do
    :: mailbox > 0 ->
        /* Out of the mailbox first, then out of the count: between the two there is less room, not more. */
        mailbox--;
#if MUTANT != 5
        atomic { assert(number > 0); number-- }
#endif
    :: tag < LIVES ->
        atomic { alive = 0; mailbox = 0 };
        atomic {
            tag++;
#if MUTANT != 4
            number = 0;
#endif
            alive = tag
        }
    od
}

proctype at_rest() {
end:
    timeout -> assert(number == TRUE_NUMBER && mailbox == 0)
}

init {
    byte i;
    atomic {
        run owner();
        do
        :: i < SENDERS -> run sender(); i++
        :: else -> break
        od;
        run at_rest()
    }
}
