// SPDX-License-Identifier: BSL-1.0
#include "process/process_boundary.hpp"
#include "process/throw_sites.hpp"
#include <coppice/exit_reason.hpp>

namespace coppice {
namespace detail {
namespace {

constinit reason_rep reason_shutdown{"shutdown", reason_rep::form::word};
constinit reason_rep reason_kill{"kill", reason_rep::form::word};
constinit reason_rep reason_killed{"killed", reason_rep::form::word};
constinit reason_rep reason_noproc{"noproc", reason_rep::form::word};
constinit reason_rep reason_timeout{"timeout", reason_rep::form::word};

/// A reason that was made while the program ran. `word` is a view of `text`.
struct made_reason final : reason_rep {
    made_reason(std::string t, form f) : reason_rep{{}, f}, text{std::move(t)} {
        word = text;
        counted = true;
    }
    std::string text;
    exit_reason inner;
    std::string child;
    crash_info crash;
};

const made_reason* made(const reason_rep* r) noexcept {
    return r->counted ? static_cast<const made_reason*>(r) : nullptr;
}

const reason_rep* well_known(std::string_view word) noexcept {
    for (const reason_rep* r : {&reason_normal, &reason_shutdown, &reason_kill, &reason_killed,
                                &reason_noproc, &reason_timeout})
        if (r->word == word)
            return r;
    return nullptr;
}

} // namespace

void destroy(const reason_rep* r) noexcept { delete made(r); }

} // namespace detail

constinit const exit_reason exit_reason::normal{&detail::reason_normal};
constinit const exit_reason exit_reason::shutdown{&detail::reason_shutdown};
constinit const exit_reason exit_reason::kill{&detail::reason_kill};
constinit const exit_reason exit_reason::killed{&detail::reason_killed};
constinit const exit_reason exit_reason::noproc{&detail::reason_noproc};
constinit const exit_reason exit_reason::timeout{&detail::reason_timeout};

exit_reason::exit_reason(std::string_view word) : rep_{detail::well_known(word)} {
    if (!rep_)
        rep_ = new detail::made_reason{std::string{word}, detail::reason_rep::form::word};
}

exit_reason exit_reason::tagged(std::string_view tag, exit_reason inner) {
    auto* r = new detail::made_reason{std::string{tag}, detail::reason_rep::form::tagged};
    r->inner = std::move(inner);
    return exit_reason{r};
}

exit_reason exit_reason::failed_to_start_child(std::string_view id, exit_reason inner) {
    auto* r = new detail::made_reason{"failed_to_start_child", detail::reason_rep::form::tagged};
    r->inner = std::move(inner);
    r->child = id;
    return exit_reason{r};
}

exit_reason exit_reason::from_exception(const std::exception_ptr& e) {
    return e ? detail::reason_of_exception(e) : exit_reason::normal;
}

exit_reason detail::make_error_reason(crash_info crash) {
    auto* r = new made_reason{"error", reason_rep::form::error};
    r->crash = std::move(crash);
    return exit_reason{r};
}

std::string detail::crash_info::trace() const {
    const throw_sites* sites = known_throw_sites.load(std::memory_order_acquire);
    return sites ? sites->text(frames.data(), frames.size()) : std::string{};
}

bool exit_reason::is_orderly() const noexcept {
    using form = detail::reason_rep::form;
    return (rep_->kind == form::word && (word() == "normal" || word() == "shutdown")) ||
           (rep_->kind == form::tagged && word() == "shutdown");
}

exit_reason exit_reason::inner() const noexcept {
    const auto* m = detail::made(rep_);
    return m && is_tagged() ? m->inner : exit_reason::normal;
}

std::string_view exit_reason::child() const noexcept {
    const auto* m = detail::made(rep_);
    return m ? std::string_view{m->child} : std::string_view{};
}

const detail::crash_info* exit_reason::crash() const noexcept {
    const auto* m = detail::made(rep_);
    return m && is_error() ? &m->crash : nullptr;
}

std::exception_ptr exit_reason::exception() const noexcept {
    const auto* c = crash();
    return c ? c->exception : nullptr;
}

std::string exit_reason::text() const {
    if (const auto* c = crash())
        return c->type + ": " + c->what;
    if (!is_tagged())
        return std::string{word()};
    std::string t = "{" + std::string{word()} + ", ";
    if (!child().empty())
        t += std::string{child()} + ", ";
    return t + inner().text() + "}";
}

bool operator==(const exit_reason& a, const exit_reason& b) noexcept {
    if (a.rep_ == b.rep_)
        return true;
    if (a.rep_->kind != b.rep_->kind || a.word() != b.word())
        return false;
    if (const auto* x = a.crash(), *y = b.crash(); x && y)
        return x->type == y->type && x->what == y->what;
    return !a.is_tagged() || (a.child() == b.child() && a.inner() == b.inner());
}

} // namespace coppice
