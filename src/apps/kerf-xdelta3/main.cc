// kerf-xdelta3: makes and applies VCDIFF patches at the command line of xdelta3.
#include <cstdio>
#include <limits>

#include "apps/common/program.h"
#include "apps/kerf-xdelta3/arguments.h"

namespace {

constexpr const char* help =
    "usage: kerf-xdelta3 [-e] [-n] [-A] [-S none] [-f] [-c] [-W BYTES] -s OLD NEW PATCH\n"
    "       kerf-xdelta3 -d [-f] [-c] -s OLD PATCH NEW\n"
    "\n"
    "  -e, -d     make a patch (default), apply one\n"
    "  -s FILE    the old file\n"
    "  -n         no checksums in the patch (updaters refuse them); decoding always checks them\n"
    "  -A         no application header; never written, with or without this\n"
    "  -S none    sections are not packed; never done, with or without this\n"
    "  -f, --force\n"
    "             replace the output if it exists\n"
    "  -c         write to standard output\n"
    "  -W BYTES   size of target windows, 16384 to 16777216 (default 8388608)\n"
    "  -B BYTES   taken and not needed: the whole old file is searched\n"
    "  -0 to -9   taken and not needed: there is one level, the best\n"
    "  -D, -R, -q taken and not needed: inputs are never unpacked, and nothing is said\n"
    "  -h, -V     this text, the version\n"
    "\n"
    "Everything else that xdelta3 has is refused. Exit status: 0 done, 1 failed, 2 wrong usage.\n";

kerf::Status run(const kerf::xdelta3::Arguments& arguments) {
  using Action = kerf::xdelta3::Arguments::Action;
  switch (arguments.action) {
    case Action::encode:
      return kerf::apps::encode(arguments.job, *kerf::vcdiff::writer_with(arguments.form));
    case Action::decode:
      return kerf::apps::decode(arguments.job, std::numeric_limits<std::uint64_t>::max());
    case Action::help:
      return kerf::apps::print_text(help);
    case Action::version:
      return kerf::apps::print_text("kerf-xdelta3 (kerf) " KERF_VERSION "\n");
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  return kerf::apps::run_program("kerf-xdelta3", argc, argv, kerf::xdelta3::parse, run);
}
