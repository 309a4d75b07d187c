// SPDX-License-Identifier: BSL-1.0
#include "process_boundary.hpp"
#include "guarded.hpp"
#include <coppice/error.hpp>
#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <typeinfo>

namespace coppice::detail {
namespace {

std::string demangled(const std::type_info& t) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name{
        abi::__cxa_demangle(t.name(), nullptr, nullptr, &status), std::free};
    return status == 0 ? name.get() : t.name();
}

exit_reason error(std::string type, std::string what, std::exception_ptr e) {
    return make_error_reason(
        {.type = std::move(type), .what = std::move(what), .trace = {}, .exception = std::move(e)});
}

} // namespace

exit_reason reason_of_current_exception() { return reason_of_exception(std::current_exception()); }

exit_reason reason_of_exception(const std::exception_ptr& e) {
    try {
        std::rethrow_exception(e);
    } catch (const process_exit& x) {
        return x.reason;
    } catch (const call_error& x) {
        return exit_reason_of(x.why());
    } catch (const std::exception& x) {
        return error(demangled(typeid(x)), x.what(), e);
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
    } catch (const boost::context::detail::forced_unwind&) {
        throw;
    } catch (...) {
        kept = std::current_exception();
    }
}

} // namespace coppice::detail
