// SPDX-License-Identifier: BSL-1.0
#include <coppice/registry.hpp>

namespace coppice::detail {

failure key_taken(errc code, const std::string& registry, pid holder) {
    return {.code = code,
            .reason = exit_reason::tagged(code == errc::already_started ? "already_started"
                                                                        : "already_registered",
                                          exit_reason{holder.text()}),
            .detail = "the key in the registry \"" + registry + "\" belongs to " + holder.text()};
}

failure no_process_for_key(const std::string& registry, pid process) {
    return {.code = errc::noproc,
            .reason = exit_reason::noproc,
            .detail =
                "cannot register " + process.text() + " in \"" + registry + "\": it has exited"};
}

failure key_not_owned(const std::string& registry) {
    return {.code = errc::not_found,
            .reason = exit_reason::normal,
            .detail = "the calling process does not have this key in the registry \"" + registry +
                      "\": only the process that has a key changes its value"};
}

} // namespace coppice::detail
