// SPDX-License-Identifier: BSL-1.0
#include "scheduler/stack_overflow.hpp"
#include "memory/stack_pool.hpp"
#include "process/process_table.hpp"
#include "scheduler/name_readers.hpp"
#include "scheduler/worker.hpp"
#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string_view>
#include <unistd.h>

namespace coppice::detail {
namespace {

struct sigaction segv_before, bus_before;
constinit std::atomic<name_lookup> lookup{nullptr};

/// A line put together without allocating: the fault may lie inside malloc.
class line {
public:
    line& operator<<(std::string_view s) noexcept {
        const std::size_t n = std::min(s.size(), sizeof text_ - size_);
        std::memcpy(text_ + size_, s.data(), n);
        size_ += n;
        return *this;
    }
    line& operator<<(std::uint64_t number) noexcept {
        char digits[20];
        const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        return *this << std::string_view{digits, static_cast<std::size_t>(end - digits)};
    }
    void write() const noexcept {
        [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text_, size_);
    }

private:
    char text_[1024];
    std::size_t size_ = 0;
};

void describe(const process& p, std::size_t stack_size) noexcept {
    line l;
    l << "coppice: stack overflow in <" << process_table::index_of(&p) << "."
      << (p.id >> mailbox_word::tag_shift) << "> ";
    const name_reader here;
    if (const name_lookup name_of =
            lookup.load(std::memory_order_relaxed)) // set before the handler
        if (const std::string_view name = name_of(p.self(), here); !name.empty())
            l << name << " ";
    l << "(" << (p.server ? p.server->name : p.raw ? p.raw->name : std::string_view{}) << ")";
    if (const envelope_ops* o = p.handling.load(std::memory_order_relaxed))
        l << ", handling " << o->name;
    l << ": its stack has " << stack_size
      << " bytes. Use less of it, or raise runtime::options::stack_size. The program ends.\n";
    l.write();
}

void on_fault(int signal, siginfo_t* info, void*) {
    worker* const w = this_worker;
    if (w)
        w->sample.leave_failed_walk();
    if (w && w->current && stack_pool::is_guard(info->si_addr))
        if (const process* p = w->process_now())
            describe(*p, w->current->stack.size);
    // The instruction faults again, and then the handler that was installed before decides.
    sigaction(signal, signal == SIGSEGV ? &segv_before : &bus_before, nullptr);
    if (info->si_code <= 0)
        raise(signal); // a process sent it, so nothing will fault
}

} // namespace

void install_overflow_reporter(name_lookup name_of) {
    lookup.store(name_of, std::memory_order_relaxed);
    struct sigaction ours {};
    ours.sa_sigaction = &on_fault;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    for (const auto& [signal, before] :
         {std::pair{SIGSEGV, &segv_before}, std::pair{SIGBUS, &bus_before}}) {
        struct sigaction now {};
        if (sigaction(signal, nullptr, &now) == 0 && now.sa_sigaction != &on_fault) {
            *before = now;
            sigaction(signal, &ours, nullptr);
        }
    }
}

signal_stack::signal_stack() {
    stack_t before{};
    if (sigaltstack(nullptr, &before) != 0 || !(before.ss_flags & SS_DISABLE))
        return;
    stack_t mine{};
    mine.ss_sp = room_.data();
    mine.ss_size = room_.size();
    ours_ = sigaltstack(&mine, nullptr) == 0;
}

signal_stack::~signal_stack() {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    if (ours_)
        sigaltstack(&none, nullptr);
}

} // namespace coppice::detail
