"""The processes' half of a chaos run: one controller, a bucket and a folder store."""

import os

import checker
import disturbers
import harness
import jobs
import stage
from places import FolderPlace


class Processes(stage.Stage):
    """Runners as processes of this machine."""

    name = "processes"
    folder_share = 0.3

    def make_controllers(self):
        outputs = os.path.join(self.store, "out")
        os.mkdir(outputs)
        self.places[jobs.FOLDER] = FolderPlace(outputs)
        self.defer(self.places[jobs.FOLDER].close)
        direct = harness.Controller(self.folder, self.database, self.bucket)
        direct.migrate()
        self.controller = harness.Controller(
            self.folder, self.database.through(self.sql_proxy.port),
            self.bucket.through(self.s3_proxy.port), roots=[self.store],
            extra=f"kubernetes: {{finishedPodTTL: {stage.FINISHED_POD_TTL}s, "
                  f"failedPodTTL: {stage.FINISHED_POD_TTL}s}}\n")
        self.defer(self.kill_runners)
        return [self.controller]

    def kill_runners(self):
        for pid in self.runner_pids():
            harness.kill_if_there(pid)

    def runner_pids(self):
        return self.controller.runner_pids()

    def make_disturbers(self):
        return super().make_disturbers() + [disturbers.HideFolder(self.seed, self.store)]

    def left_over(self):
        return checker.left_of_processes(self.controller.runs, self.runner_pids())
