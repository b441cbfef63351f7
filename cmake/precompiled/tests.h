// What most tests include, read once a build.
#pragma once

#include "cmake/precompiled/loop.h"

#include <doctest/doctest.h>
