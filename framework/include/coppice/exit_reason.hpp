// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coppice {

class exit_reason;

namespace detail {
struct crash_info;
exit_reason make_error_reason(crash_info crash);

/// What an exit reason points to. OTP's own words are constants and are never counted; with nothing
/// to destroy, they are there for a thread that outlives `main`.
struct reason_rep {
    enum class form : std::uint8_t { word, tagged, error };

    constexpr reason_rep(std::string_view w, form f) : word{w}, kind{f} {}

    std::string_view word;
    form kind;
    bool counted = false;
    mutable std::atomic<std::uint32_t> owners{1};
};

void destroy(const reason_rep* r) noexcept; // only of counted ones
inline constinit reason_rep reason_normal{"normal", reason_rep::form::word};
} // namespace detail

/// Why a process ended.
///
/// OTP uses any term; we use the three forms that OTP's own rules look at: a word (`normal`,
/// `shutdown`, `noproc`, ... or one of your own), a tagged reason such as `{shutdown, R}`, and an
/// error, which is an exception that left the process. Eight bytes, cheap to copy, never throws
/// when moved.
///
/// Context: any thread; copies share their text.
/// Source: OTP, "Errors and Error Handling", exit reasons.
class exit_reason {
public:
    static const exit_reason normal;   ///< the work is done; linked processes live on
    static const exit_reason shutdown; ///< told to stop; no error, no restart of a transient child
    static const exit_reason kill;     ///< sent: cannot be trapped
    static const exit_reason killed;   ///< what links and monitors of a killed process are told
    static const exit_reason noproc;   ///< there was no such process
    static const exit_reason timeout;  ///< a timeout has passed

    constexpr exit_reason() noexcept : rep_{&detail::reason_normal} {} ///< normal

    /// A word of your own. The text is copied.
    explicit exit_reason(std::string_view word);
    /// `{tag, inner}`, for example `exit_reason::tagged("shutdown", exit_reason{"maintenance"})`.
    static exit_reason tagged(std::string_view tag, exit_reason inner);
    /// `{failed_to_start_child, id, inner}`.
    static exit_reason failed_to_start_child(std::string_view id, exit_reason inner);
    /// The exception that is being handled or carried by `e`, with its type, text and throw site.
    static exit_reason from_exception(const std::exception_ptr& e);

    exit_reason(const exit_reason& o) noexcept : rep_{o.rep_} { retain(); }
    exit_reason(exit_reason&& o) noexcept : rep_{std::exchange(o.rep_, &detail::reason_normal)} {}
    exit_reason& operator=(exit_reason o) noexcept {
        std::swap(rep_, o.rep_);
        return *this;
    }
    ~exit_reason() { release(); }

    /// The word, the tag, or `error`.
    std::string_view word() const noexcept { return rep_->word; }
    bool is_error() const noexcept { return rep_->kind == detail::reason_rep::form::error; }
    bool is_tagged() const noexcept { return rep_->kind == detail::reason_rep::form::tagged; }
    /// `normal`, `shutdown` or `{shutdown, _}`: not a failure.
    bool is_orderly() const noexcept;
    /// What a tagged reason carries; `normal` for the others.
    exit_reason inner() const noexcept;
    /// The child a `failed_to_start_child` is about; empty for the others.
    std::string_view child() const noexcept;
    /// What an error is: exception type and text; null for the others.
    const detail::crash_info* crash() const noexcept;
    /// The exception of an error, to be thrown again; null for the others.
    std::exception_ptr exception() const noexcept;

    /// One line for people: `shutdown`, `{shutdown, maintenance}`, `std::out_of_range: ...`.
    std::string text() const;

    friend bool operator==(const exit_reason& a, const exit_reason& b) noexcept;

private:
    friend exit_reason detail::make_error_reason(detail::crash_info);
    constexpr explicit exit_reason(const detail::reason_rep* r) noexcept : rep_{r} {}
    void retain() const noexcept {
        if (rep_->counted)
            rep_->owners.fetch_add(1, std::memory_order_relaxed);
    }
    void release() const noexcept {
        if (rep_->counted && rep_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
            detail::destroy(rep_);
    }
    const detail::reason_rep* rep_;
};

namespace detail {
/// An exception that ended a process, as plain text and as the thing itself.
struct crash_info {
    std::string type; // demangled name of the exception's type
    std::string what; // its text
    std::exception_ptr exception;
    std::vector<const void*> frames; // where it was thrown, innermost first

    /// The frames as text, a frame a line. Empty unless the program links coppice::throw_trace.
    std::string trace() const;
};
} // namespace detail

} // namespace coppice
