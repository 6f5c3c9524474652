// Options that several commands have, and those of commands with a family of their own. Only for
// the files options*.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "apps/kerf/commands.h"

namespace kerf::cli {

// --json.
void add_json(CLI::App& command, Manner& manner);
// --quiet and --json.
void add_manner(CLI::App& command, Manner& manner);
// --no-progress.
void add_progress(CLI::App& command, Manner& manner);
// Takes 65536, 64K, 64KiB, 1G and so on; K is 1024.
void add_size(CLI::App& command, const char* name, std::uint64_t& value, const char* help);
void add_size(CLI::App& command, const char* name, std::optional<std::uint64_t>& value,
              const char* help);
// A usage error.
[[noreturn]] void refuse(const std::string& what);

// kerf publish package-list, kerf lint package-list.
void define(CLI::App& command, Publish& publish);
void define(CLI::App& command, Lint& lint);
void check(Publish& publish);
void check(Lint& lint);

}  // namespace kerf::cli
