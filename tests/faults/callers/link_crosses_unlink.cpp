// SPDX-License-Identifier: BSL-1.0
// A: link(B), unlink(B), while B's own link(A), sent before B saw the unlink, is on its way. The
// steps of the link tables, one by one.
// Right: after the acknowledge both sides agree; wrong: A believes in a link that B does not have,
// for ever, and A's next link(B) is not sent, since A has that link.
#include "case.hpp"
#include <process/link_table.hpp>
int main() {
    using detail::link_table;
    const pid A = detail::pid_access::make(64 << 6), B = detail::pid_access::make(65 << 6);
    link_table a, b;
    (void)a.link(B);   // -> link to B, in flight
    (void)a.unlink(B); // -> unlink to B, in flight behind it
    (void)b.link(A);   // B has seen neither; -> link to A
    a.on_link(B);      // A gets B's link
    b.on_link(A);
    b.on_unlink(A); // B gets A's link and unlink; -> acknowledge
    a.on_acknowledge(B);
    const bool la = a.contains(B), lb = b.contains(A);
    std::printf("A linked %d, B linked %d, A's next link(B) tells B: %d\n", la, lb, a.link(B));
    return verdict(la == lb, "a link that crosses an unlink");
}
