// SPDX-License-Identifier: BSL-1.0
#include "process/process_table.hpp"
#include <coppice/pid.hpp>

namespace coppice {

std::string pid::text() const {
    if (!*this)
        return "<null>";
    return '<' + std::to_string(detail::process_table::index_of(detail::slot_of(*this))) + '.' +
           std::to_string(word_ >> detail::mailbox_word::tag_shift) + '>';
}

} // namespace coppice
