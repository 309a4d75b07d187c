// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/log_record.hpp>
#include <vector>

/// Records the events of type E that are reported while it exists. For simulations, which have one
/// thread.
template <class E>
struct recorded_events {
    std::vector<E> all;
    coppice::log::subscription watch =
        coppice::log::subscribe(coppice::severity::debug, [this](const coppice::log::record& r) {
            if (const E* e = r.get_if<E>())
                all.push_back(*e);
        });
};
