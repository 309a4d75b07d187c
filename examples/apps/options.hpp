// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/program_options.hpp>
#include <cstdio>
#include <exception>
#include <iostream>

namespace apps {

/// Reads the command line into what `add` binds to variables, and calls `run()`, whose value is the
/// program's exit code. `--help` prints `text` and the options, and is 0; a command line that is
/// not understood, and what `run` throws, is a sentence on the standard error, and 2.
template <class Add, class Run>
int with_options(int count, char** arguments, const char* text, Add add, Run run) {
    namespace po = boost::program_options;
    try {
        po::options_description known{text};
        known.add_options()("help", "say this");
        add(known.add_options());
        po::variables_map given;
        po::store(po::command_line_parser{count, arguments}
                      .options(known)
                      .positional({}) // a word without an option is refused
                      .run(),
                  given);
        po::notify(given);
        if (given.contains("help")) {
            std::cout << known;
            return 0;
        }
        return run();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", arguments[0], e.what());
        return 2;
    }
}

} // namespace apps
