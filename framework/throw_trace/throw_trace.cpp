// SPDX-License-Identifier: BSL-1.0
// coppice::throw_trace: crash reports say where an exception was thrown.
//
// A program that links this library has our __cxa_throw in place of the C++ runtime's: it notes the
// return addresses and passes the exception on. What is noted is read at the process boundary, on
// the same thread, moments later; a ring for each thread is enough. Names are looked up when a
// report is written, never here.
//
// Source: Itanium C++ ABI, "Throwing an Exception".
#include "process/exit_exceptions.hpp"
#include "process/throw_sites.hpp"
#include <algorithm>
#include <array>
#include <boost/context/detail/exception.hpp>
#include <boost/stacktrace/frame.hpp>
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <string_view>
#include <unwind.h>

namespace coppice::detail {
namespace {

struct site {
    const void* object = nullptr;
    const std::type_info* type = nullptr;
    std::size_t count = 0;
    std::array<const void*, most_frames> frames{};
};

/// The last throws of a thread. Others may throw and catch between a throw and its boundary, in
/// destructors or on other fibers; few do.
struct recent_throws {
    std::array<site, 8> sites{};
    std::size_t next = 0;
};
constinit thread_local recent_throws recent;

_Unwind_Reason_Code note_frame(_Unwind_Context* context, void* to) {
    auto& s = *static_cast<site*>(to);
    int before_instruction = 0;
    const auto ip = _Unwind_GetIPInfo(context, &before_instruction);
    if (ip == 0 || s.count == s.frames.size())
        return _URC_END_OF_STACK;
    // A return address belongs to the line after the call.
    s.frames[s.count++] = reinterpret_cast<const void*>(ip - (before_instruction ? 0 : 1));
    return _URC_NO_REASON;
}

/// How a process ends on purpose is no crash.
bool is_ours(const std::type_info& t) noexcept {
    return t == typeid(process_exit) || t == typeid(process_killed) ||
           t == typeid(process_ignored) || t == typeid(boost::context::detail::forced_unwind);
}

std::size_t find(const void* object,
                 const std::type_info& type,
                 const void** frames,
                 std::size_t most) noexcept {
    const recent_throws& r = recent;
    for (std::size_t back = 1; back <= r.sites.size(); ++back) {
        const site& s = r.sites[(r.next + r.sites.size() - back) % r.sites.size()];
        if (s.object != object)
            continue;
        if (*s.type != type)
            return 0; // its memory serves another exception by now
        const std::size_t n = std::min(most, s.count);
        std::copy_n(s.frames.begin(), n, frames);
        return n;
    }
    return 0;
}

/// The runtime below the user's code, and the machinery between them.
bool is_machinery(std::string_view function) {
    if (constexpr std::string_view deduced = "decltype(auto) "; function.starts_with(deduced))
        function.remove_prefix(deduced.size());
    function = function.substr(0, function.find_first_of("(<"));
    function.remove_prefix(function.rfind(' ') + 1); // what it returns; npos + 1 is 0
    for (const std::string_view prefix :
         {"coppice::detail::", "boost::", "std::apply", "std::__apply", "std::invoke",
          "std::__invoke", "std::_Bind", "std::_Function_handler", "make_fcontext", "__cxa_throw"})
        if (function.starts_with(prefix))
            return true;
    return false;
}

std::string text(const void* const* frames, std::size_t count) {
    std::string lines;
    for (std::size_t i = 0; i < count; ++i) {
        const boost::stacktrace::frame f{frames[i]};
        const std::string name = f.name();
        // A handler that was inlined into our code throws in a frame of ours.
        const bool innermost =
            i > 0 && boost::stacktrace::frame{frames[i - 1]}.name() == "__cxa_throw";
        if (name.empty() || (is_machinery(name) && !innermost))
            continue;
        if (!lines.empty())
            lines += '\n';
        lines += name;
        if (const std::string file = f.source_file(); !file.empty())
            lines += " (" + file.substr(file.rfind('/') + 1) + ':' +
                     std::to_string(f.source_line()) + ')';
    }
    return lines;
}

constexpr throw_sites ours{.find = &find, .text = &text};
[[maybe_unused]] const bool registered = [] {
    known_throw_sites.store(&ours, std::memory_order_release);
    return true;
}();

using throw_function = void (*)(void*, std::type_info*, void (*)(void*));

[[noreturn]] void pass_on(void* object, std::type_info* type, void (*destructor)(void*)) {
    static constinit std::atomic<throw_function> next{nullptr};
    throw_function f = next.load(std::memory_order_relaxed);
    if (!f) {
        f = reinterpret_cast<throw_function>(dlsym(RTLD_NEXT, "__cxa_throw"));
        if (!f)
            std::abort(); // the C++ runtime is linked statically
        next.store(f, std::memory_order_relaxed);
    }
    f(object, type, destructor);
    __builtin_unreachable();
}

} // namespace
} // namespace coppice::detail

extern "C" [[gnu::visibility("default")]] void __cxa_throw(void* object,
                                                           std::type_info* type,
                                                           void (*destructor)(void*)) {
    using namespace coppice::detail;
    if (!is_ours(*type)) {
        site& s = recent.sites[recent.next];
        recent.next = (recent.next + 1) % recent.sites.size();
        s.object = object;
        s.type = type;
        s.count = 0;
        _Unwind_Backtrace(&note_frame, &s);
    }
    pass_on(object, type, destructor);
}
