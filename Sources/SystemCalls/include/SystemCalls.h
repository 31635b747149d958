#pragma once

#include "files.h"
#include "mounts.h"
#include "networks.h"
#include "processes.h"
