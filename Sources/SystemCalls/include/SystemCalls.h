#pragma once

#include "files.h"
#include "mounts.h"
#include "processes.h"
