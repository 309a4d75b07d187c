// SPDX-License-Identifier: BSL-1.0
#pragma once
/// All of Coppice but what is opt-in (`coppice/asio.hpp`, `coppice/async_stream.hpp`,
/// `coppice/gen_statem.hpp`, `coppice/partition_supervisor.hpp`, `coppice/pg.hpp`,
/// `coppice/release.hpp`, `coppice/task_supervisor.hpp`, and for tests `coppice/testing.hpp`,
/// `coppice/assert_receive.hpp`, `coppice/start_supervised.hpp`).
#include <coppice/agent.hpp>
#include <coppice/application.hpp>
#include <coppice/blocking.hpp>
#include <coppice/dynamic_supervisor.hpp>
#include <coppice/gen_event.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/intensities_multiply.hpp>
#include <coppice/log.hpp>
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/registry.hpp>
#include <coppice/report.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/sys.hpp>
#include <coppice/task.hpp>
#include <coppice/this_process.hpp>
#include <coppice/to_text.hpp>
#include <coppice/untyped_server.hpp>
