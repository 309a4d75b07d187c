// SPDX-License-Identifier: BSL-1.0
#include "process/process_boundary.hpp"
#include "process/guarded.hpp"
#include "process/throw_sites.hpp"
#include <coppice/error.hpp>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <memory>
#include <typeinfo>

namespace coppice::detail {

std::string demangled(const char* name) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> text{
        abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free};
    return status == 0 ? text.get() : name;
}

namespace {

std::string demangled(const std::type_info& t) { return detail::demangled(t.name()); }

/// Inside a handler of `e`.
std::vector<const void*> frames_of(const std::exception_ptr& e) {
    const throw_sites* sites = known_throw_sites.load(std::memory_order_acquire);
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (!sites || !type)
        return {};
    // The C++ runtime's exception_ptr is a pointer to the thrown object.
    static_assert(sizeof(std::exception_ptr) == sizeof(void*));
    const void* object = nullptr;
    std::memcpy(&object, static_cast<const void*>(&e), sizeof object);
    const void* frames[most_frames];
    const std::size_t n = sites->find(object, *type, frames, most_frames);
    return std::vector<const void*>(frames, frames + n);
}

exit_reason error(std::string type, std::string what, const std::exception_ptr& e) {
    return make_error_reason(
        {.type = std::move(type), .what = std::move(what), .exception = e, .frames = frames_of(e)});
}

exit_reason reason_of(const std::exception& x, const std::exception_ptr& e) {
    if (const auto* failed_call = dynamic_cast<const call_error*>(&x))
        return exit_reason_of(failed_call->why());
    return error(demangled(typeid(x)), x.what(), e);
}

} // namespace

exit_reason reason_of_handled(const std::exception& e) {
    return reason_of(e, std::current_exception());
}

exit_reason reason_of_current_exception() { return reason_of_exception(std::current_exception()); }

exit_reason reason_of_exception(const std::exception_ptr& e) {
    try {
        std::rethrow_exception(e);
    } catch (const process_exit& x) {
        return x.reason;
    } catch (const std::exception& x) {
        return reason_of(x, e);
    } catch (const std::string& x) {
        return error("std::string", x, e);
    } catch (const char* x) {
        return error("const char*", x ? x : "", e);
    } catch (int x) {
        return error("int", std::to_string(x), e);
    } catch (...) {
        const std::type_info* t = abi::__cxa_current_exception_type();
        return error(t ? demangled(*t) : "unknown exception", "", e);
    }
}

void run_and_keep_exception(const std::function<void()>& f, std::exception_ptr& kept) {
    try {
        f();
    } catch (const process_exit&) {
        throw;
    } catch (const process_killed&) {
        throw;
    } catch (const process_ignored&) {
        throw;
    } catch (const boost::context::detail::forced_unwind&) {
        throw;
    } catch (...) {
        kept = std::current_exception();
    }
}

} // namespace coppice::detail
