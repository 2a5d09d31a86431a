// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file

/// Three rollouts as they were recorded before configurations had a formulation, with the verdicts of that time.
///
/// `event`: an entry of the log as JSON; `block`: a block's line; `bits`: a verdict after the block before it, every number as its bit
/// pattern; `last`: the verdict after a rollout's last entry.
let recordedRollouts = """
    event {"start":{"at":1700000000,"configuration":{"alpha":0.01,"certificate_alpha":0.05,"certificate_odds":2,\
    "funding":{"overtime":0.06,"plan_minutes":2880,"start":0.4},"metrics":[{"ceiling":{"share":0.05},"form":"event",\
    "metric":"error","on_regression":"rollback","tolerance":1.5,"weight":0.45},{"form":"value","metric":"ttft",\
    "on_regression":"rollback","tolerance":1.2,"weight":0.25},{"ceiling":{"above":500,"share":0.01},"form":"value",\
    "metric":"latency","on_regression":"rollback","tolerance":1.2,"weight":0.2},{"form":"value","metric":"cost",\
    "on_regression":"rollback","tolerance":2,"weight":0.1},{"form":"event","metric":"quota","on_regression":"hold",\
    "tolerance":1.5,"weight":1},{"form":"event","metric":"credential","on_regression":"hold","tolerance":1.5,\
    "weight":1}],"no_traffic_seconds":86400,"sample_ratio_alpha":0.001}}}
    event {"step":{"certificates":["error"],"minimum_requests":50,"seconds":60,"started_at":1700000000}}
    block B1 1700000000 2 5666667 - error=4,0,62,1 ttft/q0.5=3,1,77,45 ttft/q0.75=2,1,74,17 ttft/q0.9=1,0,47,6 ttft/\
    q0.95=3,0,45,3 ttft/q0.99=2,0,70,1 ttft/q0.999=6,0,76,1 latency/q0.5=0,0,40,21 latency/q0.75=4,1,28,4 latency/\
    q0.9=5,1,48,5 latency/q0.95=3,0,64,2 latency/q0.99=3,0,51,0 latency/q0.999=3,0,78,0 latency/ceiling=2,0,56,0 \
    cost/q0.5=1,0,46,23 cost/q0.75=3,1,62,19 cost/q0.9=2,0,48,8 cost/q0.95=1,0,49,1 cost/q0.99=2,0,75,0 cost/\
    q0.999=5,0,34,0 quota=5,0,50,0 credential=3,1,36,0 units=0,62,0.05 spent=90,40,1800,800
    block B1 1700000002 2 5666667 - error=1,0,30,1 ttft/q0.5=3,2,26,12 ttft/q0.75=1,0,46,11 ttft/q0.9=4,0,35,3 ttft/\
    q0.95=0,0,42,2 ttft/q0.99=2,0,33,0 ttft/q0.999=3,0,44,0 latency/q0.5=3,0,35,20 latency/q0.75=5,1,58,10 latency/\
    q0.9=3,0,29,1 latency/q0.95=4,0,40,1 latency/q0.99=6,0,48,0 latency/q0.999=5,0,67,0 latency/ceiling=5,0,35,0 \
    cost/q0.5=3,2,48,25 cost/q0.75=2,0,33,12 cost/q0.9=0,0,46,4 cost/q0.95=6,0,47,3 cost/q0.99=0,0,71,0 cost/\
    q0.999=5,0,48,0 quota=0,0,45,0 credential=5,0,34,0 units=1,42,0.05 spent=90,40,1800,800
    block B1 1700000004 2 5666667 - error=3,0,70,0 ttft/q0.5=6,4,56,28 ttft/q0.75=0,0,73,15 ttft/q0.9=4,0,55,8 ttft/\
    q0.95=3,0,69,3 ttft/q0.99=3,0,35,0 ttft/q0.999=1,0,51,0 latency/q0.5=6,4,39,19 latency/q0.75=4,1,70,17 latency/\
    q0.9=6,1,42,3 latency/q0.95=3,0,42,1 latency/q0.99=4,0,38,0 latency/q0.999=2,0,28,0 latency/ceiling=5,0,34,1 \
    cost/q0.5=2,0,73,35 cost/q0.75=5,0,63,15 cost/q0.9=3,0,78,5 cost/q0.95=0,0,33,2 cost/q0.99=4,0,70,0 cost/\
    q0.999=3,0,31,0 quota=2,0,55,0 credential=4,0,42,0 units=3,52,0.05 spent=90,40,1800,800
    block B1 1700000006 2 5666667 - error=5,0,57,1 ttft/q0.5=5,4,28,12 ttft/q0.75=4,2,62,14 ttft/q0.9=0,0,53,9 ttft/\
    q0.95=3,0,53,2 ttft/q0.99=1,0,46,0 ttft/q0.999=6,0,45,0 latency/q0.5=2,2,47,21 latency/q0.75=0,0,55,17 latency/\
    q0.9=1,0,44,7 latency/q0.95=1,1,54,2 latency/q0.99=3,0,58,0 latency/q0.999=5,0,66,0 latency/ceiling=2,0,66,0 \
    cost/q0.5=4,2,64,33 cost/q0.75=4,2,63,12 cost/q0.9=5,0,63,7 cost/q0.95=6,0,43,1 cost/q0.99=3,0,26,0 cost/\
    q0.999=1,0,72,0 quota=1,0,53,0 credential=1,0,42,0 units=4,38,0.05 spent=90,40,1800,800
    block B1 1700000008 2 5666667 - error=6,0,39,0 ttft/q0.5=2,1,26,15 ttft/q0.75=4,2,60,16 ttft/q0.9=6,1,33,0 ttft/\
    q0.95=3,1,74,5 ttft/q0.99=0,0,50,0 ttft/q0.999=3,0,28,0 latency/q0.5=4,4,57,23 latency/q0.75=5,1,67,21 latency/\
    q0.9=0,0,77,9 latency/q0.95=3,0,66,4 latency/q0.99=4,0,53,0 latency/q0.999=4,0,54,0 latency/ceiling=6,0,38,0 \
    cost/q0.5=6,5,78,36 cost/q0.75=3,1,65,20 cost/q0.9=2,0,71,7 cost/q0.95=1,0,63,3 cost/q0.99=2,0,74,0 cost/\
    q0.999=3,0,77,0 quota=5,0,75,0 credential=1,0,66,0 units=3,54,0.05 spent=90,40,1800,800
    block B1 1700000010 2 5666667 - error=1,0,39,0 ttft/q0.5=5,2,52,26 ttft/q0.75=4,2,33,11 ttft/q0.9=1,0,38,3 ttft/\
    q0.95=3,0,50,2 ttft/q0.99=3,0,41,1 ttft/q0.999=1,0,40,0 latency/q0.5=4,1,43,17 latency/q0.75=4,1,67,18 latency/\
    q0.9=5,0,35,2 latency/q0.95=3,0,32,1 latency/q0.99=4,0,58,2 latency/q0.999=2,0,77,0 latency/ceiling=6,0,40,0 \
    cost/q0.5=5,1,51,27 cost/q0.75=2,0,47,9 cost/q0.9=5,0,65,3 cost/q0.95=3,0,48,2 cost/q0.99=2,0,59,0 cost/\
    q0.999=6,0,58,0 quota=1,0,58,0 credential=6,0,77,0 units=2,32,0.05 spent=90,40,1800,800
    block B1 1700000012 2 5666667 - error=4,0,49,0 ttft/q0.5=1,0,62,25 ttft/q0.75=4,2,49,17 ttft/q0.9=3,0,72,3 ttft/\
    q0.95=1,0,53,2 ttft/q0.99=3,0,26,0 ttft/q0.999=4,0,30,0 latency/q0.5=1,1,33,17 latency/q0.75=5,2,65,18 latency/\
    q0.9=5,0,73,6 latency/q0.95=5,1,38,2 latency/q0.99=3,0,37,0 latency/q0.999=4,0,65,2 latency/ceiling=6,0,26,0 \
    cost/q0.5=2,1,38,21 cost/q0.75=1,1,43,14 cost/q0.9=1,0,38,2 cost/q0.95=5,0,73,5 cost/q0.99=2,0,72,0 cost/\
    q0.999=2,0,44,0 quota=2,0,63,0 credential=1,0,52,0 units=3,59,0.05 spent=90,40,1800,800
    block B1 1700000014 2 5666667 - error=4,1,58,0 ttft/q0.5=2,1,65,32 ttft/q0.75=0,0,50,10 ttft/q0.9=4,1,58,5 ttft/\
    q0.95=3,0,33,4 ttft/q0.99=1,0,73,0 ttft/q0.999=0,0,52,0 latency/q0.5=1,0,58,30 latency/q0.75=0,0,56,9 latency/\
    q0.9=6,1,45,7 latency/q0.95=1,0,29,0 latency/q0.99=0,0,42,1 latency/q0.999=4,0,44,0 latency/ceiling=0,0,68,1 \
    cost/q0.5=2,2,61,28 cost/q0.75=6,0,61,12 cost/q0.9=4,0,57,4 cost/q0.95=3,0,71,4 cost/q0.99=5,0,42,0 cost/\
    q0.999=6,0,27,0 quota=0,0,39,0 credential=1,0,75,1 units=3,53,0.05 spent=90,40,1800,800
    bits waiting StepTime:-:-+MinimumRequests:-:- bfc5166cfd55135e 0 bfd392e365db217b 48 - error/undecided/\
    bfbfd1c1ef2ffa60/3fa2d33c5d667080,-;bfd43f7500c94432,bfd43f7500c94432/-/bfe2a2a40d8d14fa ttft/undecided/\
    bfc48bd8b0d16039/bfc48bd8b0d16038,-/bfc4a1f10b1cd6b0/- latency/undecided/bfcc812f3f03e4b8/bfcb0acaed4d39c8,\
    -;bfcdfbe74e7827da,bfcdfbe74e7827da/bfc7506ddb20e706/- cost/undecided/bfd0248b4d20b0e4/bfd0248b4d20b0e4,-/0/- \
    quota/undecided/0/0,-/-/- credential/undecided/3fe05f2ea5a1f25a/3fe05f2ea5a1f25a,-/-/-
    block B1 1700000016 2 5666667 - error=3,0,43,1 ttft/q0.5=2,2,37,20 ttft/q0.75=1,1,60,17 ttft/q0.9=1,1,56,10 \
    ttft/q0.95=6,1,65,3 ttft/q0.99=4,0,74,1 ttft/q0.999=3,0,69,0 latency/q0.5=3,2,35,14 latency/q0.75=3,1,48,15 \
    latency/q0.9=0,0,29,2 latency/q0.95=6,0,43,2 latency/q0.99=5,0,30,1 latency/q0.999=4,0,78,0 latency/ceiling=0,0,\
    51,0 cost/q0.5=6,4,65,32 cost/q0.75=0,0,75,16 cost/q0.9=1,0,76,5 cost/q0.95=5,0,51,4 cost/q0.99=0,0,71,1 cost/\
    q0.999=1,0,63,0 quota=5,0,26,0 credential=5,0,74,0 units=3,50,0.05 spent=90,40,1800,800
    block B1 1700000018 2 5666667 - error=1,0,45,0 ttft/q0.5=4,2,48,19 ttft/q0.75=3,1,68,23 ttft/q0.9=5,1,61,4 ttft/\
    q0.95=5,0,75,0 ttft/q0.99=1,0,31,0 ttft/q0.999=4,0,61,0 latency/q0.5=1,1,61,34 latency/q0.75=1,1,75,20 latency/\
    q0.9=2,0,31,2 latency/q0.95=4,0,62,3 latency/q0.99=0,0,33,2 latency/q0.999=3,0,33,0 latency/ceiling=4,0,30,0 \
    cost/q0.5=2,0,47,17 cost/q0.75=4,0,77,17 cost/q0.9=0,0,30,4 cost/q0.95=6,0,46,5 cost/q0.99=0,0,75,0 cost/\
    q0.999=0,0,55,0 quota=3,0,39,1 credential=2,0,27,0 units=1,52,0.05 spent=90,40,1800,800
    block B1 1700000020 2 5666667 - error=1,0,30,0 ttft/q0.5=6,4,34,20 ttft/q0.75=0,0,42,9 ttft/q0.9=6,0,52,3 ttft/\
    q0.95=1,0,71,2 ttft/q0.99=4,0,56,1 ttft/q0.999=2,0,68,0 latency/q0.5=0,0,48,25 latency/q0.75=4,0,70,13 latency/\
    q0.9=3,0,26,1 latency/q0.95=5,1,60,4 latency/q0.99=1,0,26,0 latency/q0.999=6,0,70,0 latency/ceiling=3,0,48,0 \
    cost/q0.5=0,0,49,29 cost/q0.75=2,0,39,6 cost/q0.9=1,0,35,4 cost/q0.95=1,0,56,2 cost/q0.99=0,0,52,0 cost/\
    q0.999=0,0,57,0 quota=6,0,27,0 credential=5,0,68,0 units=4,65,0.05 spent=90,40,1800,800
    block B1 1700000022 2 5666667 - error=6,0,56,0 ttft/q0.5=3,3,50,20 ttft/q0.75=6,1,33,8 ttft/q0.9=0,0,77,6 ttft/\
    q0.95=1,0,64,3 ttft/q0.99=1,0,43,0 ttft/q0.999=2,0,64,0 latency/q0.5=4,1,37,23 latency/q0.75=1,0,78,20 latency/\
    q0.9=0,0,56,7 latency/q0.95=3,1,66,6 latency/q0.99=1,0,76,2 latency/q0.999=0,0,30,0 latency/ceiling=6,0,34,1 \
    cost/q0.5=3,0,38,15 cost/q0.75=3,0,34,5 cost/q0.9=0,0,27,0 cost/q0.95=5,0,76,3 cost/q0.99=0,0,61,0 cost/\
    q0.999=4,0,34,0 quota=3,0,30,0 credential=5,0,56,0 units=1,61,0.05 spent=90,40,1800,800
    block B1 1700000024 2 5666667 - error=3,0,43,0 ttft/q0.5=4,2,64,35 ttft/q0.75=3,0,36,9 ttft/q0.9=3,0,71,4 ttft/\
    q0.95=0,0,48,5 ttft/q0.99=1,0,59,1 ttft/q0.999=5,0,29,0 latency/q0.5=1,0,64,30 latency/q0.75=4,1,39,10 latency/\
    q0.9=6,0,52,5 latency/q0.95=3,0,47,1 latency/q0.99=4,0,44,0 latency/q0.999=3,0,56,0 latency/ceiling=0,0,54,0 \
    cost/q0.5=0,0,75,29 cost/q0.75=6,1,74,20 cost/q0.9=1,0,39,6 cost/q0.95=6,0,57,4 cost/q0.99=2,0,55,1 cost/\
    q0.999=1,0,29,0 quota=5,0,31,1 credential=2,0,49,0 units=4,64,0.05 spent=90,40,1800,800
    block B1 1700000026 2 5666667 - error=1,0,44,1 ttft/q0.5=1,0,54,30 ttft/q0.75=4,0,62,16 ttft/q0.9=0,0,29,1 ttft/\
    q0.95=1,0,58,5 ttft/q0.99=3,0,31,0 ttft/q0.999=5,0,66,0 latency/q0.5=5,2,46,20 latency/q0.75=2,0,46,9 latency/\
    q0.9=2,0,58,2 latency/q0.95=3,0,60,2 latency/q0.99=5,0,58,1 latency/q0.999=6,0,39,0 latency/ceiling=4,0,64,0 \
    cost/q0.5=2,1,69,38 cost/q0.75=6,2,73,15 cost/q0.9=1,0,28,2 cost/q0.95=0,0,52,0 cost/q0.99=5,0,55,0 cost/\
    q0.999=4,0,36,0 quota=5,0,53,0 credential=3,0,50,0 units=0,61,0.05 spent=90,40,1800,800
    block B1 1700000028 2 5666667 - error=1,0,64,1 ttft/q0.5=2,1,66,28 ttft/q0.75=6,1,42,6 ttft/q0.9=0,0,62,10 ttft/\
    q0.95=4,1,62,3 ttft/q0.99=4,0,44,0 ttft/q0.999=5,0,67,0 latency/q0.5=2,2,26,13 latency/q0.75=4,0,47,13 latency/\
    q0.9=3,0,43,2 latency/q0.95=0,0,52,2 latency/q0.99=4,0,38,1 latency/q0.999=5,0,52,0 latency/ceiling=4,0,55,0 \
    cost/q0.5=4,1,69,30 cost/q0.75=2,1,27,5 cost/q0.9=4,0,66,7 cost/q0.95=6,0,43,2 cost/q0.99=2,0,69,1 cost/\
    q0.999=0,0,33,0 quota=1,0,34,0 credential=1,0,55,0 units=2,64,0.05 spent=90,40,1800,800
    block B1 1700000030 2 5666667 - error=0,0,52,1 ttft/q0.5=6,5,44,19 ttft/q0.75=0,0,29,12 ttft/q0.9=2,0,26,2 ttft/\
    q0.95=6,0,49,2 ttft/q0.99=3,0,54,1 ttft/q0.999=1,0,31,0 latency/q0.5=3,1,59,33 latency/q0.75=5,0,54,9 latency/\
    q0.9=6,0,35,6 latency/q0.95=4,0,32,3 latency/q0.99=0,0,57,0 latency/q0.999=0,0,74,0 latency/ceiling=0,0,52,0 \
    cost/q0.5=5,4,53,28 cost/q0.75=5,2,37,10 cost/q0.9=1,0,50,2 cost/q0.95=3,1,77,5 cost/q0.99=1,0,62,1 cost/\
    q0.999=4,0,30,0 quota=6,0,70,0 credential=6,0,36,1 units=2,54,0.05 spent=90,40,1800,800
    bits waiting StepTime:-:- bfce659c09df8478 0 bfb566323e1a7fb0 96 - error/undecided/bfcdd2312b03ac24/\
    bfbab1030e408398,-;bfd85e0ab542f322,bfd85e0ab542f322/-/bfde673c1a761164 ttft/undecided/bfc57cf9d2db4f8f/\
    bfc57cf9d2db4f90,-/bfd10235248032b6/- latency/undecided/bfd36e526ed8541c/bfd4de8498ff7af4,-;bfd206380c7d0c70,\
    bfd206380c7d0c70/bfd42c980717b257/- cost/undecided/bfd403e9279e2d9a/bfd403e9279e2d98,-/bfc390f463ea0440/- quota/\
    undecided/bfd0499b4111d8b1/bfd0499b4111d8b1,-/-/- credential/undecided/3fbbc9555eeae8a8/3fbbc9555eeae8a8,-/-/-
    block B1 1700000032 2 5666667 - error=4,0,46,2 ttft/q0.5=1,1,27,14 ttft/q0.75=1,1,64,20 ttft/q0.9=6,0,26,3 ttft/\
    q0.95=2,0,34,2 ttft/q0.99=3,0,64,0 ttft/q0.999=0,0,55,0 latency/q0.5=5,3,30,11 latency/q0.75=4,1,53,13 latency/\
    q0.9=1,0,52,6 latency/q0.95=0,0,66,1 latency/q0.99=6,0,60,0 latency/q0.999=6,0,54,0 latency/ceiling=2,0,59,0 \
    cost/q0.5=2,0,33,21 cost/q0.75=0,0,55,11 cost/q0.9=1,0,36,2 cost/q0.95=6,0,29,2 cost/q0.99=3,0,53,2 cost/\
    q0.999=0,0,30,0 quota=0,0,62,0 credential=1,0,28,0 units=2,67,0.05 spent=90,40,1800,800
    block B1 1700000034 2 5666667 - error=3,0,48,1 ttft/q0.5=1,1,73,31 ttft/q0.75=2,2,44,8 ttft/q0.9=1,0,34,4 ttft/\
    q0.95=3,0,46,2 ttft/q0.99=2,0,57,1 ttft/q0.999=1,0,26,0 latency/q0.5=1,1,65,27 latency/q0.75=2,0,76,9 latency/\
    q0.9=6,1,48,2 latency/q0.95=0,0,73,5 latency/q0.99=4,0,78,2 latency/q0.999=3,0,73,0 latency/ceiling=4,0,53,0 \
    cost/q0.5=2,1,26,12 cost/q0.75=6,2,64,17 cost/q0.9=1,0,72,5 cost/q0.95=1,0,51,4 cost/q0.99=6,0,62,0 cost/\
    q0.999=2,0,41,0 quota=1,0,71,0 credential=0,0,30,0 units=1,52,0.05 spent=90,40,1800,800
    block B1 1700000036 2 5666667 - error=5,0,74,4 ttft/q0.5=6,4,43,27 ttft/q0.75=1,0,50,12 ttft/q0.9=1,1,32,4 ttft/\
    q0.95=3,0,59,2 ttft/q0.99=0,0,35,0 ttft/q0.999=4,0,58,0 latency/q0.5=2,0,45,26 latency/q0.75=5,2,54,14 latency/\
    q0.9=0,0,33,6 latency/q0.95=1,0,61,2 latency/q0.99=3,0,69,1 latency/q0.999=4,0,56,0 latency/ceiling=1,0,42,0 \
    cost/q0.5=6,1,51,19 cost/q0.75=3,1,74,19 cost/q0.9=0,0,52,4 cost/q0.95=2,0,29,0 cost/q0.99=0,0,52,1 cost/\
    q0.999=6,0,67,0 quota=3,0,48,0 credential=0,0,75,0 units=4,42,0.05 spent=90,40,1800,800
    block B1 1700000038 2 5666667 - error=4,0,72,2 ttft/q0.5=5,3,61,38 ttft/q0.75=5,1,78,21 ttft/q0.9=4,1,26,3 ttft/\
    q0.95=4,1,74,1 ttft/q0.99=3,0,38,0 ttft/q0.999=3,0,73,1 latency/q0.5=1,1,56,19 latency/q0.75=4,0,40,11 latency/\
    q0.9=3,0,32,3 latency/q0.95=3,0,52,1 latency/q0.99=4,0,41,0 latency/q0.999=3,0,75,0 latency/ceiling=6,0,51,0 \
    cost/q0.5=4,2,39,19 cost/q0.75=2,0,71,15 cost/q0.9=2,0,66,6 cost/q0.95=0,0,26,0 cost/q0.99=6,0,38,0 cost/\
    q0.999=3,0,49,0 quota=1,0,62,0 credential=1,0,77,0 units=3,65,0.05 spent=90,40,1800,800
    block B1 1700000040 2 5666667 - error=0,0,49,1 ttft/q0.5=2,0,46,19 ttft/q0.75=4,1,38,14 ttft/q0.9=2,0,68,5 ttft/\
    q0.95=1,0,52,2 ttft/q0.99=3,0,56,1 ttft/q0.999=6,0,68,0 latency/q0.5=6,4,62,34 latency/q0.75=2,1,29,13 latency/\
    q0.9=4,0,26,1 latency/q0.95=3,0,75,4 latency/q0.99=1,0,26,0 latency/q0.999=6,0,53,0 latency/ceiling=3,0,32,0 \
    cost/q0.5=1,0,43,22 cost/q0.75=6,1,51,6 cost/q0.9=0,0,68,2 cost/q0.95=6,0,46,2 cost/q0.99=1,0,64,0 cost/\
    q0.999=0,0,61,0 quota=2,0,59,0 credential=1,0,55,0 units=3,35,0.05 spent=90,40,1800,800
    block B1 1700000042 2 5666667 - error=4,0,76,0 ttft/q0.5=5,3,51,26 ttft/q0.75=1,0,58,16 ttft/q0.9=3,0,78,8 ttft/\
    q0.95=1,0,40,0 ttft/q0.99=4,0,38,1 ttft/q0.999=6,0,46,0 latency/q0.5=1,0,68,33 latency/q0.75=4,1,49,11 latency/\
    q0.9=3,0,74,4 latency/q0.95=0,0,37,3 latency/q0.99=5,0,68,1 latency/q0.999=6,0,67,2 latency/ceiling=6,0,60,0 \
    cost/q0.5=0,0,76,41 cost/q0.75=4,1,52,12 cost/q0.9=0,0,28,3 cost/q0.95=5,0,45,1 cost/q0.99=3,0,68,0 cost/\
    q0.999=6,0,60,0 quota=0,0,61,1 credential=3,0,48,1 units=2,31,0.05 spent=90,40,1800,800
    block B1 1700000044 2 5666667 - error=1,0,41,0 ttft/q0.5=6,1,28,14 ttft/q0.75=5,1,76,18 ttft/q0.9=5,0,74,6 ttft/\
    q0.95=1,0,51,4 ttft/q0.99=1,0,37,1 ttft/q0.999=0,0,75,0 latency/q0.5=4,1,46,19 latency/q0.75=1,0,34,11 latency/\
    q0.9=3,0,78,9 latency/q0.95=4,1,69,9 latency/q0.99=4,0,61,0 latency/q0.999=0,0,26,0 latency/ceiling=6,0,76,0 \
    cost/q0.5=4,1,29,17 cost/q0.75=0,0,73,22 cost/q0.9=2,0,76,10 cost/q0.95=3,0,59,2 cost/q0.99=4,0,32,0 cost/\
    q0.999=3,0,32,0 quota=6,0,35,0 credential=6,0,52,0 units=2,66,0.05 spent=90,40,1800,800
    block B1 1700000046 2 5666667 - error=0,0,27,0 ttft/q0.5=6,4,63,30 ttft/q0.75=0,0,73,19 ttft/q0.9=4,0,75,4 ttft/\
    q0.95=5,0,47,3 ttft/q0.99=1,0,69,3 ttft/q0.999=3,0,41,0 latency/q0.5=3,1,40,21 latency/q0.75=3,0,52,15 latency/\
    q0.9=3,0,71,6 latency/q0.95=6,0,53,3 latency/q0.99=2,0,44,0 latency/q0.999=4,0,77,0 latency/ceiling=6,0,55,0 \
    cost/q0.5=3,2,27,18 cost/q0.75=4,0,63,11 cost/q0.9=3,2,61,10 cost/q0.95=5,0,32,1 cost/q0.99=2,0,51,0 cost/\
    q0.999=0,0,51,0 quota=1,0,54,0 credential=2,0,70,0 units=1,39,0.05 spent=90,40,1800,800
    bits waiting StepTime:-:- bfd64db02e9efb14 0 bfb596b1cac22050 144 - error/undecided/bfd8c66d3c3eb458/\
    bfd6786a232fa61d,-;bfdb2a7b7817286b,bfdb2a7b7817286b/-/3fc09a6d49f0aad0 ttft/undecided/bfd21de185bc3900/\
    bfd21de185bc3900,-/bfd54abbad36d9d0/- latency/undecided/bfd6914f113fb09e/bfd81cc1c12cd350,-;bfd50f2e5444853e,\
    bfd50f2e5444853e/bfd6bfcbdf8f78ae/- cost/undecided/bfd5af8d97b21065/bfd5af8d97b21064,-/bfcc972d6fe6fd5e/- quota/\
    undecided/bfd0499b4111d8b1/bfd0499b4111d8b1,-/-/- credential/undecided/bf781d01ec45da80/bf781d01ec45da80,-/-/-
    block B1 1700000048 2 5666667 - error=6,0,65,1 ttft/q0.5=0,0,64,29 ttft/q0.75=3,2,44,13 ttft/q0.9=3,0,71,3 ttft/\
    q0.95=0,0,30,2 ttft/q0.99=2,0,33,1 ttft/q0.999=4,0,38,0 latency/q0.5=0,0,46,18 latency/q0.75=4,1,61,17 latency/\
    q0.9=0,0,69,4 latency/q0.95=1,0,40,0 latency/q0.99=0,0,64,0 latency/q0.999=2,0,70,0 latency/ceiling=5,0,49,0 \
    cost/q0.5=6,2,33,15 cost/q0.75=2,0,30,10 cost/q0.9=5,0,64,4 cost/q0.95=3,0,42,0 cost/q0.99=3,0,34,0 cost/\
    q0.999=5,0,37,0 quota=4,0,58,0 credential=0,0,73,0 units=4,55,0.05 spent=90,40,1800,800
    block B1 1700000050 2 5666667 - error=0,0,46,1 ttft/q0.5=5,3,62,30 ttft/q0.75=0,0,45,6 ttft/q0.9=2,0,48,3 ttft/\
    q0.95=4,0,38,3 ttft/q0.99=0,0,32,0 ttft/q0.999=0,0,27,0 latency/q0.5=1,0,76,33 latency/q0.75=4,0,62,14 latency/\
    q0.9=0,0,58,3 latency/q0.95=1,0,78,2 latency/q0.99=4,0,54,0 latency/q0.999=1,0,30,0 latency/ceiling=1,0,74,1 \
    cost/q0.5=6,0,78,43 cost/q0.75=2,0,62,15 cost/q0.9=4,0,66,2 cost/q0.95=1,0,45,0 cost/q0.99=1,0,61,0 cost/\
    q0.999=2,0,71,0 quota=3,0,63,0 credential=2,0,40,0 units=2,54,0.05 spent=90,40,1800,800
    block B1 1700000052 2 5666667 - error=6,0,26,0 ttft/q0.5=1,0,61,32 ttft/q0.75=2,0,46,7 ttft/q0.9=5,1,49,5 ttft/\
    q0.95=6,0,59,1 ttft/q0.99=3,0,28,0 ttft/q0.999=4,0,36,0 latency/q0.5=1,0,66,34 latency/q0.75=5,2,28,7 latency/\
    q0.9=5,0,71,5 latency/q0.95=6,0,39,2 latency/q0.99=5,0,47,0 latency/q0.999=2,0,66,0 latency/ceiling=0,0,54,0 \
    cost/q0.5=4,1,33,17 cost/q0.75=1,0,43,6 cost/q0.9=6,0,48,2 cost/q0.95=4,0,32,2 cost/q0.99=3,0,60,3 cost/\
    q0.999=6,0,26,0 quota=6,0,43,0 credential=2,0,76,0 units=1,67,0.05 spent=90,40,1800,800
    block B1 1700000054 2 5666667 - error=2,0,67,0 ttft/q0.5=0,0,61,27 ttft/q0.75=6,1,38,11 ttft/q0.9=0,0,60,4 ttft/\
    q0.95=5,0,57,7 ttft/q0.99=0,0,27,1 ttft/q0.999=6,0,48,0 latency/q0.5=4,2,49,20 latency/q0.75=6,2,73,22 latency/\
    q0.9=6,1,35,3 latency/q0.95=6,0,37,2 latency/q0.99=2,0,51,1 latency/q0.999=1,0,69,1 latency/ceiling=0,0,76,0 \
    cost/q0.5=5,4,29,18 cost/q0.75=6,2,41,13 cost/q0.9=2,1,31,3 cost/q0.95=1,0,78,4 cost/q0.99=1,0,37,0 cost/\
    q0.999=2,0,47,0 quota=6,0,64,0 credential=0,0,26,0 units=3,47,0.05 spent=90,40,1800,800
    block B1 1700000056 2 5666667 - error=0,0,54,0 ttft/q0.5=5,3,76,43 ttft/q0.75=3,1,70,18 ttft/q0.9=3,0,70,5 ttft/\
    q0.95=5,0,47,3 ttft/q0.99=6,0,52,1 ttft/q0.999=5,0,58,0 latency/q0.5=4,3,75,41 latency/q0.75=0,0,72,18 latency/\
    q0.9=1,0,33,4 latency/q0.95=0,0,37,2 latency/q0.99=0,0,35,1 latency/q0.999=3,0,63,0 latency/ceiling=3,0,51,0 \
    cost/q0.5=4,1,50,23 cost/q0.75=6,2,57,11 cost/q0.9=5,0,37,1 cost/q0.95=0,0,61,2 cost/q0.99=3,0,38,1 cost/\
    q0.999=5,0,70,0 quota=4,0,64,0 credential=0,0,61,0 units=0,38,0.05 spent=90,40,1800,800
    block B1 1700000058 2 5666667 - error=3,0,50,1 ttft/q0.5=4,1,43,18 ttft/q0.75=4,0,28,7 ttft/q0.9=3,0,76,9 ttft/\
    q0.95=6,0,64,8 ttft/q0.99=5,0,77,1 ttft/q0.999=2,0,58,0 latency/q0.5=1,0,58,29 latency/q0.75=2,0,47,14 latency/\
    q0.9=4,0,65,9 latency/q0.95=0,0,27,0 latency/q0.99=0,0,37,0 latency/q0.999=1,0,32,0 latency/ceiling=3,0,53,0 \
    cost/q0.5=1,1,56,29 cost/q0.75=3,1,32,8 cost/q0.9=2,1,26,3 cost/q0.95=1,0,73,7 cost/q0.99=0,0,35,0 cost/\
    q0.999=3,0,63,0 quota=4,0,78,0 credential=4,0,44,1 units=4,69,0.05 spent=90,40,1800,800
    block B1 1700000060 2 5666667 - error=4,0,29,0 ttft/q0.5=6,5,64,32 ttft/q0.75=6,0,51,14 ttft/q0.9=1,0,49,4 ttft/\
    q0.95=6,1,70,3 ttft/q0.99=2,0,42,1 ttft/q0.999=0,0,55,0 latency/q0.5=5,3,35,17 latency/q0.75=0,0,57,15 latency/\
    q0.9=0,0,33,1 latency/q0.95=6,0,76,1 latency/q0.99=4,0,63,0 latency/q0.999=3,0,71,0 latency/ceiling=5,0,61,0 \
    cost/q0.5=2,1,48,26 cost/q0.75=3,1,64,17 cost/q0.9=2,0,48,5 cost/q0.95=5,0,69,3 cost/q0.99=6,0,71,0 cost/\
    q0.999=2,0,45,0 quota=0,0,43,0 credential=3,0,36,0 units=2,47,0.05 spent=90,40,1800,800
    block B1 1700000062 2 5666667 - error=4,0,57,0 ttft/q0.5=0,0,70,37 ttft/q0.75=1,0,78,19 ttft/q0.9=5,0,71,8 ttft/\
    q0.95=6,1,54,2 ttft/q0.99=1,0,64,0 ttft/q0.999=2,0,33,0 latency/q0.5=3,1,34,16 latency/q0.75=4,2,57,9 latency/\
    q0.9=5,0,56,7 latency/q0.95=6,0,38,3 latency/q0.99=5,0,67,1 latency/q0.999=5,0,30,0 latency/ceiling=0,0,63,0 \
    cost/q0.5=5,3,67,30 cost/q0.75=6,4,56,15 cost/q0.9=3,0,54,9 cost/q0.95=3,0,44,0 cost/q0.99=0,0,78,1 cost/\
    q0.999=2,0,70,0 quota=1,0,44,0 credential=0,0,46,0 units=2,47,0.05 spent=90,40,1800,800
    bits hold Undecided:error:- bfd82ed296fdb884 0 3fad7698250e8e20 192 - error/undecided/bfda78db3773905c/\
    bfd8083ae471ce9c,-;bfdd023e36c1dcc6,bfdd023e36c1dcc6/-/3fd2064474da52c8 ttft/undecided/bfd4d32f20682d35/\
    bfd4d32f20682d38,-/bfd7ea464961910c/- latency/undecided/bfd81382cd412dac/bfda11a22347fab8,-;bfd624cb012d6f72,\
    bfd624cb012d6f72/bfd7b9e7a66ea4be/- cost/undecided/bfd6e8b0573ff8b2/bfd6e8b0573ff8b0,-/bfd353c93f162f8d/- quota/\
    undecided/bfd0499b4111d8ab/bfd0499b4111d8ab,-/-/- credential/undecided/bfbaf56fb82f44ec/bfbaf56fb82f44ec,-/-/-
    block B1 1700000064 2 5666667 - error=0,0,65,0 ttft/q0.5=0,0,48,25 ttft/q0.75=0,0,66,15 ttft/q0.9=6,0,75,8 ttft/\
    q0.95=0,0,50,1 ttft/q0.99=1,0,34,1 ttft/q0.999=0,0,49,0 latency/q0.5=2,1,37,16 latency/q0.75=1,0,64,18 latency/\
    q0.9=2,1,45,3 latency/q0.95=6,0,46,1 latency/q0.99=1,0,51,2 latency/q0.999=0,0,57,0 latency/ceiling=4,0,60,0 \
    cost/q0.5=2,1,76,44 cost/q0.75=3,1,27,6 cost/q0.9=5,0,66,6 cost/q0.95=4,0,56,5 cost/q0.99=6,0,30,0 cost/\
    q0.999=4,0,72,0 quota=6,0,37,0 credential=3,0,30,0 units=1,67,0.05 spent=90,40,1800,800
    block B1 1700000066 2 5666667 - error=1,0,38,0 ttft/q0.5=3,2,64,33 ttft/q0.75=3,1,67,20 ttft/q0.9=5,0,53,5 ttft/\
    q0.95=6,0,30,2 ttft/q0.99=0,0,78,0 ttft/q0.999=0,0,56,1 latency/q0.5=5,2,39,15 latency/q0.75=4,1,63,15 latency/\
    q0.9=2,0,69,11 latency/q0.95=4,1,27,1 latency/q0.99=2,0,66,0 latency/q0.999=6,0,73,0 latency/ceiling=1,0,30,0 \
    cost/q0.5=4,3,49,24 cost/q0.75=1,0,62,14 cost/q0.9=4,1,28,2 cost/q0.95=0,0,73,4 cost/q0.99=1,0,29,0 cost/\
    q0.999=0,0,52,0 quota=1,0,60,1 credential=4,0,72,0 units=1,37,0.05 spent=90,40,1800,800
    block B1 1700000068 2 5666667 - error=1,0,47,2 ttft/q0.5=2,1,31,17 ttft/q0.75=1,1,72,18 ttft/q0.9=1,0,54,8 ttft/\
    q0.95=6,0,70,2 ttft/q0.99=5,0,73,0 ttft/q0.999=1,0,70,0 latency/q0.5=6,5,55,19 latency/q0.75=4,3,35,7 latency/\
    q0.9=5,0,51,3 latency/q0.95=2,1,34,0 latency/q0.99=1,0,63,0 latency/q0.999=4,0,40,0 latency/ceiling=2,0,61,0 \
    cost/q0.5=5,4,31,15 cost/q0.75=0,0,55,14 cost/q0.9=5,0,74,8 cost/q0.95=3,0,48,4 cost/q0.99=5,0,46,2 cost/\
    q0.999=5,0,36,0 quota=5,0,26,0 credential=0,0,32,0 units=1,57,0.05 spent=90,40,1800,800
    block B1 1700000070 2 5666667 - error=2,0,55,0 ttft/q0.5=1,0,31,17 ttft/q0.75=6,2,54,16 ttft/q0.9=1,0,69,13 \
    ttft/q0.95=2,0,44,2 ttft/q0.99=1,0,55,1 ttft/q0.999=1,0,56,0 latency/q0.5=5,2,45,26 latency/q0.75=4,1,56,17 \
    latency/q0.9=4,0,33,6 latency/q0.95=1,0,45,0 latency/q0.99=5,0,36,1 latency/q0.999=1,0,33,0 latency/ceiling=4,0,\
    59,1 cost/q0.5=2,1,43,24 cost/q0.75=0,0,40,4 cost/q0.9=5,2,39,1 cost/q0.95=2,1,45,3 cost/q0.99=2,0,34,1 cost/\
    q0.999=5,0,30,0 quota=2,0,49,0 credential=6,0,43,0 units=1,66,0.05 spent=90,40,1800,800
    bits hold Undecided:error:- bfd8a1c94edecdb0 0 3ff0dcba0df32760 216 - error/undecided/bfdac9d4bd23f994/\
    bfd871ada68e7cb2,-;bfdd38ce6237ffc7,bfdd38ce6237ffc7/-/3fd4f26aec0fb13c ttft/undecided/bfd61ef84d58d1fe/\
    bfd61ef84d58d200,-/bfd8477179665164/- latency/undecided/bfd7b73c08e70006/bfd8b30350580ab0,-;bfd6bf444a08c348,\
    bfd6bf444a08c348/bfd8df3b80e28b84/- cost/undecided/bfd759bcda8a9fd5/bfd759bcda8a9fd8,-/bfd68ac54e78f494/- quota/\
    undecided/bfd10164d1adab08/bfd10164d1adab08,-/-/- credential/undecided/bfbaf56fb82f44ec/bfbaf56fb82f44ec,-/-/-
    block B1 1700000072 2 5666667 - error=2,0,41,1 ttft/q0.5=6,2,51,21 ttft/q0.75=4,0,77,16 ttft/q0.9=2,0,48,5 ttft/\
    q0.95=2,1,50,1 ttft/q0.99=3,0,42,0 ttft/q0.999=0,0,36,0 latency/q0.5=1,1,37,18 latency/q0.75=3,0,70,13 latency/\
    q0.9=2,0,72,3 latency/q0.95=1,0,29,0 latency/q0.99=6,0,69,0 latency/q0.999=4,0,68,0 latency/ceiling=3,0,72,0 \
    cost/q0.5=0,0,78,48 cost/q0.75=1,0,30,9 cost/q0.9=6,0,65,8 cost/q0.95=6,0,41,4 cost/q0.99=6,0,52,0 cost/\
    q0.999=0,0,48,0 quota=3,0,74,0 credential=1,0,74,0 units=0,36,0.05 spent=90,40,1800,800
    block B1 1700000074 2 5666667 - error=3,0,36,3 ttft/q0.5=3,1,64,26 ttft/q0.75=0,0,67,12 ttft/q0.9=4,0,51,3 ttft/\
    q0.95=2,0,73,5 ttft/q0.99=4,0,73,3 ttft/q0.999=2,0,78,0 latency/q0.5=4,0,78,32 latency/q0.75=4,1,73,11 latency/\
    q0.9=4,1,30,4 latency/q0.95=3,0,78,7 latency/q0.99=6,0,32,1 latency/q0.999=4,0,28,0 latency/ceiling=6,0,54,0 \
    cost/q0.5=0,0,76,35 cost/q0.75=2,2,41,13 cost/q0.9=3,1,75,9 cost/q0.95=1,0,69,5 cost/q0.99=4,0,42,0 cost/\
    q0.999=4,0,65,1 quota=5,0,32,0 credential=5,0,37,0 units=0,47,0.05 spent=90,40,1800,800
    block B1 1700000076 2 5666667 - error=3,0,46,1 ttft/q0.5=1,0,27,11 ttft/q0.75=2,1,45,11 ttft/q0.9=5,1,77,6 ttft/\
    q0.95=4,0,78,4 ttft/q0.99=6,0,59,0 ttft/q0.999=4,0,33,1 latency/q0.5=6,3,72,38 latency/q0.75=4,1,45,8 latency/\
    q0.9=6,0,29,1 latency/q0.95=0,0,71,6 latency/q0.99=5,0,57,1 latency/q0.999=6,0,64,0 latency/ceiling=3,0,42,0 \
    cost/q0.5=0,0,73,33 cost/q0.75=4,1,53,14 cost/q0.9=0,0,37,2 cost/q0.95=4,2,50,2 cost/q0.99=1,0,51,0 cost/\
    q0.999=0,0,42,0 quota=0,0,34,0 credential=0,0,49,0 units=0,51,0.05 spent=90,40,1800,800
    block B1 1700000078 2 5666667 - error=6,0,42,0 ttft/q0.5=3,2,30,15 ttft/q0.75=3,1,67,11 ttft/q0.9=6,0,52,5 ttft/\
    q0.95=2,0,53,2 ttft/q0.99=1,0,68,0 ttft/q0.999=4,0,60,1 latency/q0.5=1,1,78,35 latency/q0.75=2,1,29,7 latency/\
    q0.9=0,0,37,2 latency/q0.95=6,0,53,2 latency/q0.99=5,0,70,0 latency/q0.999=0,0,61,0 latency/ceiling=2,0,65,0 \
    cost/q0.5=2,1,78,35 cost/q0.75=3,0,78,22 cost/q0.9=6,1,58,2 cost/q0.95=1,0,39,2 cost/q0.99=6,0,71,1 cost/\
    q0.999=5,0,51,0 quota=3,0,50,0 credential=0,0,36,0 units=2,66,0.05 spent=90,40,1800,800
    bits hold Undecided:error:- bfda3faae64c9bfb 0 400752bf9661f698 240 - error/undecided/bfdc4a85bc488032/\
    bfdac4d14b8fc4f2,-;bfddd9b914a3958f,bfddd9b914a3958f/-/3fe636d2e4242b76 ttft/undecided/bfd8767b37a36d7a/\
    bfd8767b37a36d78,-/bfd94ada38b0de45/- latency/undecided/bfd8aa4c2bf3862a/bfd9ed9f9eca5cb4,-;bfd76d3a984a9ad6,\
    bfd76d3a984a9ad6/bfda2971e06fdd80/- cost/undecided/bfd8f346d71f95d6/bfd8f346d71f95d8,-/bfd747a1a9702d44/- quota/\
    undecided/bfd10164d1adab08/bfd10164d1adab08,-/-/- credential/undecided/bfbaf56fb82f44ec/bfbaf56fb82f44ec,-/-/-
    block B1 1700000080 2 5666667 - error=3,1,48,26 ttft/q0.5=5,2,59,26 ttft/q0.75=4,1,76,19 ttft/q0.9=4,1,31,6 \
    ttft/q0.95=6,0,66,8 ttft/q0.99=3,0,53,0 ttft/q0.999=3,0,64,0 latency/q0.5=0,0,33,15 latency/q0.75=6,3,52,12 \
    latency/q0.9=3,0,48,6 latency/q0.95=6,1,66,4 latency/q0.99=6,0,39,0 latency/q0.999=1,0,63,1 latency/ceiling=2,0,\
    66,1 cost/q0.5=0,0,47,28 cost/q0.75=5,1,39,9 cost/q0.9=3,0,54,5 cost/q0.95=0,0,58,3 cost/q0.99=4,0,35,1 cost/\
    q0.999=4,0,36,0 quota=2,0,46,0 credential=0,0,55,1 units=3,48,0.05 spent=90,40,1800,800
    block B1 1700000082 2 5666667 - error=2,0,32,14 ttft/q0.5=3,0,30,16 ttft/q0.75=5,2,29,10 ttft/q0.9=6,0,48,4 \
    ttft/q0.95=1,0,61,2 ttft/q0.99=0,0,26,0 ttft/q0.999=4,0,63,0 latency/q0.5=3,1,32,14 latency/q0.75=5,2,32,8 \
    latency/q0.9=4,2,42,5 latency/q0.95=1,0,37,1 latency/q0.99=0,0,28,0 latency/q0.999=6,1,66,0 latency/ceiling=4,0,\
    60,1 cost/q0.5=5,3,35,20 cost/q0.75=3,1,66,19 cost/q0.9=6,1,51,7 cost/q0.95=4,0,50,4 cost/q0.99=6,0,69,1 cost/\
    q0.999=1,0,52,0 quota=3,0,70,0 credential=6,0,31,0 units=2,53,0.05 spent=90,40,1800,800
    block B1 1700000084 2 5666667 - error=5,1,54,21 ttft/q0.5=6,4,53,24 ttft/q0.75=4,3,62,6 ttft/q0.9=5,0,34,5 ttft/\
    q0.95=5,0,74,4 ttft/q0.99=1,0,29,0 ttft/q0.999=1,0,62,0 latency/q0.5=6,2,57,31 latency/q0.75=1,0,48,15 latency/\
    q0.9=1,0,46,3 latency/q0.95=2,0,43,2 latency/q0.99=3,0,61,1 latency/q0.999=6,0,67,1 latency/ceiling=2,0,68,1 \
    cost/q0.5=4,2,64,28 cost/q0.75=6,0,47,12 cost/q0.9=2,0,56,1 cost/q0.95=0,0,52,2 cost/q0.99=4,0,26,0 cost/\
    q0.999=3,0,46,0 quota=1,0,50,0 credential=2,0,78,0 units=4,62,0.05 spent=90,40,1800,800
    block B1 1700000086 2 5666667 - error=3,0,76,25 ttft/q0.5=0,0,64,33 ttft/q0.75=0,0,50,11 ttft/q0.9=5,0,37,3 \
    ttft/q0.95=1,0,75,5 ttft/q0.99=4,0,30,0 ttft/q0.999=3,0,54,0 latency/q0.5=2,1,37,20 latency/q0.75=1,0,32,7 \
    latency/q0.9=4,1,49,2 latency/q0.95=2,0,78,3 latency/q0.99=1,0,34,0 latency/q0.999=2,0,68,0 latency/ceiling=2,0,\
    70,0 cost/q0.5=0,0,55,28 cost/q0.75=6,0,42,12 cost/q0.9=4,1,56,8 cost/q0.95=2,0,70,5 cost/q0.99=6,0,51,0 cost/\
    q0.999=0,0,68,0 quota=6,0,73,0 credential=5,0,78,0 units=1,49,0.05 spent=90,40,1800,800
    bits advance  bfdba36b258aa3dd 0 4005bdb12ad1b2c2 264 - error/certified/bfdf6eaab29ca200/bfdfd2ac5a1f13a2,\
    -;bfdf0b445db00ea4,bfdcd5ddaac2867d/-/40119b7de5a11c20 ttft/undecided/bfd907b1fc0fb9a5/bfd907b1fc0fb9a8,-/\
    bfd94ada38b0de45/- latency/undecided/bfd7dd56aec3fb4e/bfd7de001c44f8c8,-;bfd7dcad43038042,bfd7dcad43038042/\
    bfda62de7520eb3a/- cost/undecided/bfd986e459a829f6/bfd986e459a829f8,-/bfd8ac0a34afb810/- quota/undecided/\
    bfd10164d1adab08/bfd10164d1adab08,-/-/- credential/undecided/bfbaf56fb82f44ec/bfbaf56fb82f44ec,-/-/-
    block B1 1700000088 2 5666667 - error=3,0,74,35 ttft/q0.5=1,1,71,36 ttft/q0.75=5,0,54,9 ttft/q0.9=5,0,38,5 ttft/\
    q0.95=2,0,27,2 ttft/q0.99=4,0,60,0 ttft/q0.999=3,0,72,0 latency/q0.5=6,5,49,24 latency/q0.75=6,1,56,15 latency/\
    q0.9=4,1,52,5 latency/q0.95=6,0,28,0 latency/q0.99=1,0,31,0 latency/q0.999=1,0,69,0 latency/ceiling=4,0,57,0 \
    cost/q0.5=4,1,46,18 cost/q0.75=0,0,46,11 cost/q0.9=2,0,29,5 cost/q0.95=4,0,39,3 cost/q0.99=3,0,60,0 cost/\
    q0.999=1,0,37,0 quota=2,0,44,0 credential=1,0,60,0 units=0,32,0.05 spent=90,40,1800,800
    block B1 1700000090 2 5666667 - error=1,1,41,13 ttft/q0.5=0,0,33,15 ttft/q0.75=6,4,44,11 ttft/q0.9=0,0,65,3 \
    ttft/q0.95=2,1,55,1 ttft/q0.99=0,0,29,1 ttft/q0.999=3,0,31,0 latency/q0.5=0,0,50,26 latency/q0.75=0,0,72,15 \
    latency/q0.9=3,0,34,3 latency/q0.95=3,0,47,3 latency/q0.99=1,0,56,2 latency/q0.999=4,0,54,0 latency/ceiling=1,0,\
    63,1 cost/q0.5=6,1,47,25 cost/q0.75=1,0,36,4 cost/q0.9=2,0,34,5 cost/q0.95=5,0,76,0 cost/q0.99=1,0,76,0 cost/\
    q0.999=2,0,29,0 quota=3,0,48,0 credential=0,0,65,0 units=2,42,0.05 spent=90,40,1800,800
    block B1 1700000092 2 5666667 - error=1,0,37,12 ttft/q0.5=0,0,36,18 ttft/q0.75=6,1,31,6 ttft/q0.9=4,0,70,5 ttft/\
    q0.95=3,1,57,3 ttft/q0.99=0,0,64,0 ttft/q0.999=4,0,42,0 latency/q0.5=4,2,41,15 latency/q0.75=5,0,72,14 latency/\
    q0.9=1,0,29,5 latency/q0.95=5,0,34,1 latency/q0.99=2,0,43,1 latency/q0.999=6,0,73,0 latency/ceiling=1,0,73,0 \
    cost/q0.5=1,0,30,13 cost/q0.75=2,1,65,19 cost/q0.9=2,0,52,6 cost/q0.95=1,0,36,0 cost/q0.99=3,0,49,1 cost/\
    q0.999=2,0,34,0 quota=0,0,32,0 credential=4,0,28,0 units=1,34,0.05 spent=90,40,1800,800
    block B1 1700000094 2 5666667 - error=3,1,68,20 ttft/q0.5=4,1,75,28 ttft/q0.75=6,1,39,10 ttft/q0.9=0,0,55,6 \
    ttft/q0.95=5,1,70,4 ttft/q0.99=1,0,27,0 ttft/q0.999=0,0,35,0 latency/q0.5=3,0,73,46 latency/q0.75=3,2,52,12 \
    latency/q0.9=5,0,47,2 latency/q0.95=6,0,72,3 latency/q0.99=3,0,42,2 latency/q0.999=4,0,36,0 latency/ceiling=0,0,\
    45,0 cost/q0.5=6,3,28,9 cost/q0.75=0,0,54,12 cost/q0.9=4,0,44,4 cost/q0.95=0,0,44,1 cost/q0.99=2,0,28,0 cost/\
    q0.999=6,0,40,0 quota=6,0,53,0 credential=6,0,43,0 units=0,54,0.05 spent=90,40,1800,800
    bits advance  bfdbd10052f1a6a3 0 4010179429c53f4f 288 - error/certified/bfdfe7992770d01e/bfe01ac6e53f04db,\
    -;bfdf9a0305a1efc3,bfdaf1d0944dcb85/-/40168bb99d770670 ttft/undecided/bfd860a7011879d8/bfd860a7011879d8,-/\
    bfd94ada38b0de45/- latency/undecided/bfd85dd672a94c66/bfd8a0ce3a83fdac,-;bfd81b24749a280f,bfd81b24749a280f/\
    bfdb418b6d8ce65f/- cost/undecided/bfd9f18bff63d4bc/bfd9f18bff63d4bc,-/bfd90cc571eda563/- quota/undecided/\
    bfd10164d1adab08/bfd10164d1adab08,-/-/- credential/undecided/bfbaf56fb82f44ec/bfbaf56fb82f44ec,-/-/-
    block B1 1700000096 2 5666667 - error=1,0,46,12 ttft/q0.5=0,0,59,26 ttft/q0.75=0,0,48,17 ttft/q0.9=6,0,53,9 \
    ttft/q0.95=0,0,30,0 ttft/q0.99=3,0,49,0 ttft/q0.999=5,0,43,0 latency/q0.5=3,1,57,29 latency/q0.75=2,2,35,9 \
    latency/q0.9=6,0,55,5 latency/q0.95=5,0,26,0 latency/q0.99=5,0,45,0 latency/q0.999=5,0,30,0 latency/ceiling=5,0,\
    26,1 cost/q0.5=4,1,50,28 cost/q0.75=6,2,43,9 cost/q0.9=2,1,70,4 cost/q0.95=1,0,34,5 cost/q0.99=1,0,28,0 cost/\
    q0.999=4,0,35,0 quota=6,0,48,0 credential=4,0,75,0 units=3,39,0.05 spent=90,40,1800,800
    block B1 1700000098 2 5666667 - error=6,1,71,30 ttft/q0.5=0,0,46,20 ttft/q0.75=4,0,72,14 ttft/q0.9=2,0,50,1 \
    ttft/q0.95=2,0,65,1 ttft/q0.99=2,0,29,1 ttft/q0.999=0,0,28,0 latency/q0.5=3,2,66,40 latency/q0.75=0,0,34,14 \
    latency/q0.9=2,1,55,8 latency/q0.95=2,0,76,5 latency/q0.99=2,0,66,1 latency/q0.999=3,0,38,0 latency/ceiling=1,0,\
    52,0 cost/q0.5=1,1,46,23 cost/q0.75=0,0,70,25 cost/q0.9=1,0,76,5 cost/q0.95=2,0,50,4 cost/q0.99=6,0,40,1 cost/\
    q0.999=0,0,26,0 quota=1,0,37,0 credential=5,0,27,0 units=4,66,0.05 spent=90,40,1800,800
    block B1 1700000100 2 5666668 - error=6,3,40,14 ttft/q0.5=3,1,39,19 ttft/q0.75=2,0,61,12 ttft/q0.9=2,1,30,1 \
    ttft/q0.95=2,0,56,2 ttft/q0.99=0,0,51,0 ttft/q0.999=0,0,36,0 latency/q0.5=5,3,39,20 latency/q0.75=0,0,58,11 \
    latency/q0.9=1,0,50,6 latency/q0.95=5,0,77,3 latency/q0.99=4,0,57,0 latency/q0.999=6,0,69,0 latency/ceiling=5,0,\
    26,0 cost/q0.5=1,0,26,9 cost/q0.75=3,0,46,13 cost/q0.9=0,0,32,1 cost/q0.95=1,0,72,4 cost/q0.99=4,0,32,0 cost/\
    q0.999=0,0,54,0 quota=2,0,66,0 credential=2,0,72,0 units=4,69,0.05 spent=90,40,1800,800
    block B1 1700000102 2 5666668 - error=6,1,51,20 ttft/q0.5=4,4,27,13 ttft/q0.75=6,2,64,22 ttft/q0.9=2,0,68,5 \
    ttft/q0.95=2,0,63,3 ttft/q0.99=4,0,42,2 ttft/q0.999=0,0,27,0 latency/q0.5=5,1,57,23 latency/q0.75=4,1,76,19 \
    latency/q0.9=2,0,35,4 latency/q0.95=4,0,75,6 latency/q0.99=3,0,45,0 latency/q0.999=2,0,35,0 latency/ceiling=2,0,\
    59,0 cost/q0.5=6,1,55,27 cost/q0.75=3,1,45,9 cost/q0.9=4,0,41,2 cost/q0.95=6,2,28,0 cost/q0.99=5,0,54,3 cost/\
    q0.999=3,0,34,0 quota=1,0,73,0 credential=5,0,66,0 units=1,41,0.05 spent=90,40,1800,800
    bits advance  bfdc34a19d8681be 0 400a23717b8e1322 312 - error/certified/bfe03108c04e41f3/bfe046b2e78097cb,\
    -;bfe01b6d3a11437a,bfcc58a4694c5e1a/-/40210ecb62facfba ttft/undecided/bfd8a220a7376910/bfd8a220a7376910,-/\
    bfda7d5034318180/- latency/undecided/bfd8d76c6e28750a/bfd91684be2db514,-;bfd8989214f877a4,bfd8989214f877a4/\
    bfdb5d193f2e48e3/- cost/undecided/bfda224c636debbf/bfda224c636debbc,-/bfdaea0013e4a378/- quota/undecided/\
    bfd10164d1adab08/bfd10164d1adab08,-/-/- credential/undecided/bfbaf56fb82f44ec/bfbaf56fb82f44ec,-/-/-
    block B1 1700000104 2 5666668 - error=0,0,66,20 ttft/q0.5=2,0,67,31 ttft/q0.75=6,2,39,11 ttft/q0.9=0,0,50,6 \
    ttft/q0.95=4,1,44,1 ttft/q0.99=5,0,36,1 ttft/q0.999=1,0,56,0 latency/q0.5=3,0,51,25 latency/q0.75=0,0,27,6 \
    latency/q0.9=3,1,54,6 latency/q0.95=2,0,32,3 latency/q0.99=1,0,59,2 latency/q0.999=3,0,59,0 latency/ceiling=6,0,\
    72,0 cost/q0.5=6,3,32,14 cost/q0.75=3,0,75,20 cost/q0.9=4,0,63,6 cost/q0.95=4,0,67,2 cost/q0.99=6,0,68,0 cost/\
    q0.999=2,0,67,0 quota=5,0,31,0 credential=1,0,29,0 units=0,44,0.05 spent=90,40,1800,800
    block B1 1700000106 2 5666668 - error=4,1,67,34 ttft/q0.5=0,0,44,21 ttft/q0.75=5,0,58,17 ttft/q0.9=5,0,50,3 \
    ttft/q0.95=1,1,32,1 ttft/q0.99=0,0,77,0 ttft/q0.999=0,0,78,0 latency/q0.5=5,2,45,24 latency/q0.75=5,0,70,20 \
    latency/q0.9=5,0,73,5 latency/q0.95=6,0,62,0 latency/q0.99=2,0,30,0 latency/q0.999=1,0,34,0 latency/ceiling=0,0,\
    44,0 cost/q0.5=5,4,46,20 cost/q0.75=4,0,53,9 cost/q0.9=4,0,35,5 cost/q0.95=4,0,61,2 cost/q0.99=4,0,50,1 cost/\
    q0.999=5,0,77,0 quota=0,0,50,0 credential=5,0,68,0 units=2,34,0.05 spent=90,40,1800,800
    block B1 1700000108 2 5666668 - error=1,1,74,35 ttft/q0.5=3,2,66,32 ttft/q0.75=4,0,29,1 ttft/q0.9=6,0,59,9 ttft/\
    q0.95=0,0,41,3 ttft/q0.99=5,0,41,0 ttft/q0.999=4,0,68,0 latency/q0.5=5,2,32,17 latency/q0.75=2,1,64,15 latency/\
    q0.9=1,0,54,4 latency/q0.95=6,1,59,2 latency/q0.99=2,0,54,0 latency/q0.999=3,0,63,0 latency/ceiling=3,0,31,0 \
    cost/q0.5=5,4,63,31 cost/q0.75=1,0,49,12 cost/q0.9=3,0,66,7 cost/q0.95=5,0,47,1 cost/q0.99=4,0,76,1 cost/\
    q0.999=3,0,50,0 quota=5,0,31,0 credential=1,0,55,0 units=0,65,0.05 spent=90,40,1800,800
    block B1 1700000110 2 5666668 - error=6,0,59,0 ttft/q0.5=0,0,66,36 ttft/q0.75=4,0,48,15 ttft/q0.9=2,0,74,10 \
    ttft/q0.95=5,0,35,4 ttft/q0.99=0,0,31,0 ttft/q0.999=5,0,44,0 latency/q0.5=0,0,75,35 latency/q0.75=5,0,53,10 \
    latency/q0.9=2,1,60,6 latency/q0.95=5,1,44,3 latency/q0.99=3,0,45,1 latency/q0.999=3,0,48,0 latency/ceiling=1,0,\
    70,0 cost/q0.5=5,4,62,30 cost/q0.75=3,0,65,14 cost/q0.9=1,0,51,1 cost/q0.95=5,1,39,1 cost/q0.99=1,0,59,1 cost/\
    q0.999=1,0,35,0 quota=2,0,70,0 credential=4,0,68,0 units=3,59,0.05 spent=90,40,1800,800
    bits advance  bfdc533017e67f58 0 400a343af2a28890 336 - error/certified/bfe038629a456f26/bfe04b7a0ba9d89b,\
    -;bfe0255686019110,bfad068e56ab9710/-/4022538701b1383f ttft/undecided/bfd8cf1ea54f4dbd/bfd8cf1ea54f4dbc,-/\
    bfdafb81c84a7765/- latency/undecided/bfd8ee1887201a24/bfd8eb490d22d568,-;bfd8f0e820b6fbfa,bfd8f0e820b6fbfa/\
    bfdbb0519afc96c0/- cost/undecided/bfda6cd1aad750bd/bfda6cd1aad750c0,-/bfdb70a10232ba32/- quota/undecided/\
    bfd10164d1adab08/bfd10164d1adab08,-/-/- credential/undecided/bfbaf56fb82f44ec/bfbaf56fb82f44ec,-/-/-
    block B1 1700000112 2 5666668 - error=3,0,64,2 ttft/q0.5=0,0,72,33 ttft/q0.75=0,0,71,14 ttft/q0.9=3,0,37,1 ttft/\
    q0.95=2,0,38,3 ttft/q0.99=2,0,45,0 ttft/q0.999=6,0,26,0 latency/q0.5=2,1,30,16 latency/q0.75=0,0,74,19 latency/\
    q0.9=5,0,60,5 latency/q0.95=4,0,74,3 latency/q0.99=4,0,36,0 latency/q0.999=3,0,35,0 latency/ceiling=1,0,52,0 \
    cost/q0.5=3,1,73,42 cost/q0.75=1,1,42,13 cost/q0.9=0,0,74,6 cost/q0.95=4,0,47,2 cost/q0.99=4,0,50,0 cost/\
    q0.999=3,0,40,0 quota=3,1,75,0 credential=5,0,26,0 units=0,31,0.05 spent=90,40,1800,800
    block B1 1700000114 2 5666668 - error=0,0,70,1 ttft/q0.5=5,2,71,46 ttft/q0.75=3,1,67,15 ttft/q0.9=6,0,53,3 ttft/\
    q0.95=5,0,46,2 ttft/q0.99=2,0,51,0 ttft/q0.999=2,0,34,0 latency/q0.5=1,1,46,18 latency/q0.75=3,2,56,12 latency/\
    q0.9=5,0,54,6 latency/q0.95=0,0,47,2 latency/q0.99=3,0,52,2 latency/q0.999=1,0,72,0 latency/ceiling=3,0,36,1 \
    cost/q0.5=3,2,42,18 cost/q0.75=0,0,63,17 cost/q0.9=5,2,50,8 cost/q0.95=6,1,53,1 cost/q0.99=0,0,32,1 cost/\
    q0.999=0,0,52,0 quota=5,0,57,0 credential=1,0,40,0 units=4,65,0.05 spent=90,40,1800,800
    block B1 1700000116 2 5666668 - error=4,0,75,1 ttft/q0.5=5,3,29,16 ttft/q0.75=6,1,26,3 ttft/q0.9=2,0,46,2 ttft/\
    q0.95=4,1,33,2 ttft/q0.99=5,0,74,0 ttft/q0.999=1,0,52,0 latency/q0.5=1,0,44,24 latency/q0.75=3,1,57,8 latency/\
    q0.9=0,0,63,7 latency/q0.95=4,0,75,4 latency/q0.99=1,0,34,0 latency/q0.999=5,0,38,0 latency/ceiling=3,0,65,0 \
    cost/q0.5=2,0,28,15 cost/q0.75=6,1,66,18 cost/q0.9=1,0,64,4 cost/q0.95=4,0,50,1 cost/q0.99=6,0,44,0 cost/\
    q0.999=2,0,64,0 quota=6,0,51,0 credential=2,0,72,0 units=0,40,0.05 spent=90,40,1800,800
    event {"acknowledge":"error"}
    event {"step":{"certificates":[],"minimum_requests":0,"seconds":3600,"started_at":1700000118}}
    block B1 1700000118 2 5666668 - error=3,0,28,0 ttft/q0.5=0,0,53,31 ttft/q0.75=0,0,39,6 ttft/q0.9=1,1,43,4 ttft/\
    q0.95=3,0,78,3 ttft/q0.99=4,0,44,0 ttft/q0.999=5,0,47,0 latency/q0.5=6,2,27,17 latency/q0.75=1,0,40,16 latency/\
    q0.9=3,0,64,9 latency/q0.95=3,0,45,3 latency/q0.99=3,0,55,2 latency/q0.999=6,0,40,0 latency/ceiling=6,0,28,1 \
    cost/q0.5=5,3,34,16 cost/q0.75=0,0,29,3 cost/q0.9=2,0,58,4 cost/q0.95=1,0,64,2 cost/q0.99=5,0,59,0 cost/\
    q0.999=4,0,42,0 quota=2,0,62,1 credential=6,0,60,0 units=1,62,0.05 spent=90,40,1800,800
    block B1 1700000120 2 5666668 - error=0,0,33,0 ttft/q0.5=5,4,36,20 ttft/q0.75=5,2,50,11 ttft/q0.9=0,0,42,4 ttft/\
    q0.95=5,0,72,7 ttft/q0.99=2,0,65,0 ttft/q0.999=4,0,57,0 latency/q0.5=1,1,78,32 latency/q0.75=4,0,49,16 latency/\
    q0.9=6,0,37,4 latency/q0.95=4,0,65,6 latency/q0.99=5,0,63,1 latency/q0.999=3,0,36,0 latency/ceiling=2,0,69,0 \
    cost/q0.5=4,1,46,16 cost/q0.75=6,4,44,9 cost/q0.9=1,0,37,4 cost/q0.95=5,0,32,1 cost/q0.99=5,0,36,0 cost/\
    q0.999=6,0,55,0 quota=5,0,61,0 credential=5,0,73,0 units=3,47,0.05 spent=90,40,1800,800
    block B1 1700000122 2 5666668 - error=0,0,72,0 ttft/q0.5=6,4,63,37 ttft/q0.75=6,1,54,19 ttft/q0.9=6,1,26,3 ttft/\
    q0.95=5,1,58,2 ttft/q0.99=5,1,29,0 ttft/q0.999=4,0,30,0 latency/q0.5=2,0,66,31 latency/q0.75=0,0,38,7 latency/\
    q0.9=6,1,68,9 latency/q0.95=0,0,52,2 latency/q0.99=6,0,69,0 latency/q0.999=3,0,30,0 latency/ceiling=5,0,37,1 \
    cost/q0.5=4,1,76,43 cost/q0.75=6,1,55,16 cost/q0.9=4,1,59,2 cost/q0.95=4,1,78,8 cost/q0.99=3,0,32,1 cost/\
    q0.999=5,0,67,0 quota=4,0,52,0 credential=4,0,57,1 units=2,47,0.05 spent=90,40,1800,800
    block B1 1700000124 2 5666668 - error=0,0,73,1 ttft/q0.5=0,0,40,24 ttft/q0.75=1,1,51,12 ttft/q0.9=5,0,38,2 ttft/\
    q0.95=3,1,70,3 ttft/q0.99=4,0,54,1 ttft/q0.999=1,0,48,0 latency/q0.5=3,2,74,37 latency/q0.75=5,1,40,14 latency/\
    q0.9=0,0,28,3 latency/q0.95=6,0,63,3 latency/q0.99=6,0,75,0 latency/q0.999=1,0,40,0 latency/ceiling=1,0,56,0 \
    cost/q0.5=1,0,66,35 cost/q0.75=4,1,61,13 cost/q0.9=0,0,64,6 cost/q0.95=2,0,35,1 cost/q0.99=3,0,38,0 cost/\
    q0.999=6,0,62,0 quota=6,0,26,0 credential=0,0,74,0 units=0,57,0.05 spent=90,40,1800,800
    block B1 1700000126 2 5666668 - error=0,0,36,1 ttft/q0.5=6,4,60,31 ttft/q0.75=0,0,69,18 ttft/q0.9=1,0,62,4 ttft/\
    q0.95=2,0,53,4 ttft/q0.99=1,0,62,1 ttft/q0.999=5,0,35,0 latency/q0.5=1,1,41,24 latency/q0.75=5,2,28,3 latency/\
    q0.9=2,0,72,5 latency/q0.95=0,0,47,1 latency/q0.99=0,0,63,1 latency/q0.999=5,0,58,0 latency/ceiling=0,0,57,0 \
    cost/q0.5=3,3,72,34 cost/q0.75=3,1,34,10 cost/q0.9=0,0,47,3 cost/q0.95=1,0,47,0 cost/q0.99=5,0,42,1 cost/\
    q0.999=1,0,28,0 quota=0,0,49,0 credential=6,0,65,0 units=3,55,0.05 spent=90,40,1800,800
    bits waiting StepTime:-:- bfdc17dd3f138577 0 400a90c32c26418a 30 - error/certified/bfe039f0313087c1/\
    bfe04c543b7285e2,-;bfe02796b2a39058,bfc33babaa1a2466/-/4022b5e387dffc0d ttft/undecided/bfd75b5ccd775ed4/\
    bfd75b5ccd775ed8,-/bfd89ca56338fce6/- latency/undecided/bfd9bda901761f3a/bfd9e2f6a9c90e98,-;bfd998710aa7b41f,\
    bfd998710aa7b41f/bfdc80057755895f/- cost/undecided/bfda3d088262fe14/bfda3d088262fe18,-/bfdc0c07f351d7e5/- quota/\
    undecided/bf9c40124bf421d0/bf9c40124bf421d0,-/-/- credential/undecided/bfc4f250f70fc2f2/bfc4f250f70fc2f2,-/-/-
    block B1 1700000128 2 5666668 - error=3,0,63,0 ttft/q0.5=3,3,55,28 ttft/q0.75=3,3,53,15 ttft/q0.9=3,0,68,5 ttft/\
    q0.95=5,0,30,0 ttft/q0.99=6,0,38,0 ttft/q0.999=2,0,54,0 latency/q0.5=4,1,75,39 latency/q0.75=3,1,50,10 latency/\
    q0.9=2,0,34,3 latency/q0.95=1,0,63,3 latency/q0.99=6,0,36,0 latency/q0.999=2,0,31,0 latency/ceiling=5,0,75,1 \
    cost/q0.5=4,1,45,21 cost/q0.75=2,0,76,25 cost/q0.9=3,0,38,3 cost/q0.95=3,0,68,6 cost/q0.99=6,0,54,1 cost/\
    q0.999=5,0,64,0 quota=0,0,52,0 credential=0,0,77,0 units=2,56,0.05 spent=90,40,1800,800
    block B1 1700000130 2 5666668 - error=5,0,50,0 ttft/q0.5=0,0,55,15 ttft/q0.75=0,0,68,16 ttft/q0.9=2,0,50,10 \
    ttft/q0.95=3,0,35,1 ttft/q0.99=5,0,73,1 ttft/q0.999=6,0,51,0 latency/q0.5=2,1,47,21 latency/q0.75=5,3,45,8 \
    latency/q0.9=4,0,27,5 latency/q0.95=6,0,76,3 latency/q0.99=2,0,65,0 latency/q0.999=6,0,77,0 latency/ceiling=5,0,\
    55,0 cost/q0.5=1,1,41,23 cost/q0.75=4,1,65,20 cost/q0.9=0,0,76,7 cost/q0.95=2,0,77,1 cost/q0.99=1,0,38,0 cost/\
    q0.999=5,0,46,0 quota=5,0,33,0 credential=6,0,74,0 units=1,46,0.05 spent=90,40,1800,800
    block B1 1700000132 2 5666668 - error=2,0,59,0 ttft/q0.5=6,3,74,42 ttft/q0.75=5,1,69,24 ttft/q0.9=1,0,48,8 ttft/\
    q0.95=4,1,35,1 ttft/q0.99=2,0,32,0 ttft/q0.999=5,0,71,0 latency/q0.5=2,0,38,20 latency/q0.75=0,0,26,6 latency/\
    q0.9=4,1,70,5 latency/q0.95=3,0,29,0 latency/q0.99=2,0,32,0 latency/q0.999=3,0,68,0 latency/ceiling=3,1,36,0 \
    cost/q0.5=3,2,37,23 cost/q0.75=0,0,53,20 cost/q0.9=4,0,26,1 cost/q0.95=4,0,31,1 cost/q0.99=3,0,57,0 cost/\
    q0.999=2,0,33,0 quota=2,0,50,0 credential=6,0,61,0 units=4,31,0.05 spent=90,40,1800,800
    block B1 1700000134 2 5666668 - error=1,0,58,0 ttft/q0.5=3,2,38,21 ttft/q0.75=0,0,44,12 ttft/q0.9=0,0,48,4 ttft/\
    q0.95=5,0,44,1 ttft/q0.99=2,0,47,0 ttft/q0.999=2,0,31,0 latency/q0.5=6,1,77,36 latency/q0.75=0,0,66,14 latency/\
    q0.9=0,0,64,10 latency/q0.95=3,0,41,1 latency/q0.99=1,0,29,0 latency/q0.999=5,0,58,0 latency/ceiling=3,0,46,0 \
    cost/q0.5=0,0,73,33 cost/q0.75=2,0,50,13 cost/q0.9=1,0,57,7 cost/q0.95=3,0,46,1 cost/q0.99=5,0,63,0 cost/\
    q0.999=2,0,31,0 quota=4,0,50,0 credential=1,0,75,0 units=0,37,0.05 spent=90,40,1800,800
    block B1 1700000136 2 5666668 - error=2,1,60,3 ttft/q0.5=6,3,59,33 ttft/q0.75=0,0,41,12 ttft/q0.9=5,1,51,3 ttft/\
    q0.95=5,0,32,0 ttft/q0.99=6,0,28,0 ttft/q0.999=1,0,40,0 latency/q0.5=1,1,50,24 latency/q0.75=2,0,32,8 latency/\
    q0.9=3,1,52,3 latency/q0.95=5,0,26,1 latency/q0.99=5,0,34,1 latency/q0.999=2,0,44,0 latency/ceiling=2,0,36,0 \
    cost/q0.5=3,1,52,23 cost/q0.75=4,2,46,10 cost/q0.9=3,1,43,6 cost/q0.95=4,1,44,4 cost/q0.99=6,0,73,0 cost/\
    q0.999=0,0,51,0 quota=6,0,70,0 credential=1,0,70,0 units=0,31,0.05 spent=90,40,1800,800
    block B1 1700000138 2 5666668 - error=5,2,36,0 ttft/q0.5=6,4,45,26 ttft/q0.75=1,1,37,9 ttft/q0.9=3,0,61,5 ttft/\
    q0.95=5,1,40,3 ttft/q0.99=4,0,38,1 ttft/q0.999=6,0,57,0 latency/q0.5=1,0,27,12 latency/q0.75=4,3,65,13 latency/\
    q0.9=2,0,33,3 latency/q0.95=3,0,43,4 latency/q0.99=5,0,29,0 latency/q0.999=0,0,50,0 latency/ceiling=1,0,42,2 \
    cost/q0.5=0,0,71,32 cost/q0.75=3,0,74,9 cost/q0.9=4,0,31,4 cost/q0.95=5,1,39,0 cost/q0.99=1,0,63,0 cost/\
    q0.999=1,0,28,0 quota=3,0,30,0 credential=2,0,70,0 units=1,55,0.05 spent=90,40,1800,800
    block B1 1700000140 2 5666668 - error=6,1,75,1 ttft/q0.5=2,1,34,18 ttft/q0.75=1,1,40,6 ttft/q0.9=3,1,63,3 ttft/\
    q0.95=1,0,73,5 ttft/q0.99=4,0,39,0 ttft/q0.999=3,0,53,0 latency/q0.5=4,3,56,29 latency/q0.75=6,2,51,14 latency/\
    q0.9=6,0,51,6 latency/q0.95=1,0,29,2 latency/q0.99=1,0,51,2 latency/q0.999=2,0,38,0 latency/ceiling=3,0,47,0 \
    cost/q0.5=4,4,26,13 cost/q0.75=3,1,28,6 cost/q0.9=3,0,32,7 cost/q0.95=3,0,76,7 cost/q0.99=6,0,39,0 cost/\
    q0.999=2,0,36,0 quota=0,0,64,0 credential=0,0,65,0 units=4,56,0.05 spent=90,40,1800,800
    block B1 1700000142 2 5666668 - error=2,1,35,0 ttft/q0.5=0,0,52,21 ttft/q0.75=6,4,56,12 ttft/q0.9=0,0,36,6 ttft/\
    q0.95=6,0,64,4 ttft/q0.99=0,0,51,0 ttft/q0.999=4,0,61,0 latency/q0.5=6,4,36,21 latency/q0.75=1,1,68,21 latency/\
    q0.9=6,0,35,4 latency/q0.95=6,0,71,1 latency/q0.99=2,0,72,1 latency/q0.999=3,0,69,0 latency/ceiling=3,0,70,0 \
    cost/q0.5=2,2,60,34 cost/q0.75=5,1,73,22 cost/q0.9=2,0,74,6 cost/q0.95=2,0,75,8 cost/q0.99=4,0,48,0 cost/\
    q0.999=4,0,77,0 quota=3,0,33,0 credential=6,0,28,0 units=3,43,0.05 spent=90,40,1800,800
    bits waiting StepTime:-:- bfd45b186e1f26ee 0 400a8d22df25ee00 78 - error/certified/bfd09b23cefceba0/\
    bfda272a9789024a,-;bfc099a0339b1a2e,3fe35d4391919d11/-/40134c8d681c2bd8 ttft/undecided/bfd58c22f5d43f90/\
    bfd58c22f5d43f90,-/bfd98140662716d5/- latency/undecided/bfd8ced1f07022f6/bfd9cade44c067a4,-;bfd7d69738047082,\
    bfd7d69738047082/bfdcf17423cc285d/- cost/undecided/bfda76baca7b971a/bfda76baca7b9718,-/bfdc521b4968db62/- quota/\
    undecided/bf9c40124bf421d0/bf9c40124bf421d0,-/-/- credential/undecided/bfc4f250f70fc2f2/bfc4f250f70fc2f2,-/-/-
    block B1 1700000144 2 5666668 - error=2,1,64,1 ttft/q0.5=6,3,26,13 ttft/q0.75=4,0,60,15 ttft/q0.9=1,0,42,7 ttft/\
    q0.95=1,0,69,5 ttft/q0.99=6,0,33,1 ttft/q0.999=1,0,64,1 latency/q0.5=0,0,37,15 latency/q0.75=0,0,60,17 latency/\
    q0.9=1,0,31,1 latency/q0.95=2,0,64,5 latency/q0.99=5,0,29,1 latency/q0.999=0,0,30,0 latency/ceiling=1,0,56,0 \
    cost/q0.5=5,3,32,13 cost/q0.75=4,1,51,12 cost/q0.9=1,0,31,3 cost/q0.95=1,0,78,7 cost/q0.99=1,0,58,0 cost/\
    q0.999=5,0,75,0 quota=2,0,37,0 credential=3,0,48,0 units=2,70,0.05 spent=90,40,1800,800
    block B1 1700000146 2 5666668 - error=6,0,44,0 ttft/q0.5=3,1,72,37 ttft/q0.75=3,1,61,17 ttft/q0.9=1,0,73,12 \
    ttft/q0.95=6,0,40,0 ttft/q0.99=3,0,41,0 ttft/q0.999=1,0,53,0 latency/q0.5=3,1,58,33 latency/q0.75=3,1,28,5 \
    latency/q0.9=3,0,66,7 latency/q0.95=4,0,50,1 latency/q0.99=6,0,35,0 latency/q0.999=6,0,42,1 latency/ceiling=5,0,\
    28,0 cost/q0.5=6,4,32,14 cost/q0.75=4,2,71,21 cost/q0.9=3,0,60,4 cost/q0.95=0,0,60,4 cost/q0.99=3,0,52,0 cost/\
    q0.999=3,0,56,0 quota=1,0,52,0 credential=6,0,70,0 units=3,40,0.05 spent=90,40,1800,800
    block B1 1700000148 2 5666668 - error=4,1,32,0 ttft/q0.5=4,2,63,32 ttft/q0.75=4,2,69,20 ttft/q0.9=4,0,78,10 \
    ttft/q0.95=0,0,68,3 ttft/q0.99=2,0,70,0 ttft/q0.999=0,0,47,0 latency/q0.5=6,2,28,13 latency/q0.75=2,0,34,8 \
    latency/q0.9=3,1,60,7 latency/q0.95=6,0,49,3 latency/q0.99=3,0,44,0 latency/q0.999=1,0,59,0 latency/ceiling=0,0,\
    48,0 cost/q0.5=6,3,34,17 cost/q0.75=5,2,45,13 cost/q0.9=0,0,77,5 cost/q0.95=1,1,42,1 cost/q0.99=2,0,69,2 cost/\
    q0.999=1,0,43,0 quota=6,0,66,1 credential=2,0,53,0 units=1,46,0.05 spent=90,40,1800,800
    block B1 1700000150 2 5666668 - error=2,1,29,1 ttft/q0.5=5,1,62,23 ttft/q0.75=3,1,48,14 ttft/q0.9=4,0,72,4 ttft/\
    q0.95=2,0,34,2 ttft/q0.99=1,0,46,0 ttft/q0.999=2,0,47,0 latency/q0.5=6,4,74,36 latency/q0.75=4,1,70,15 latency/\
    q0.9=0,0,32,7 latency/q0.95=1,0,62,5 latency/q0.99=6,0,60,0 latency/q0.999=0,0,70,0 latency/ceiling=0,0,43,0 \
    cost/q0.5=6,1,43,23 cost/q0.75=2,0,35,8 cost/q0.9=5,1,31,1 cost/q0.95=4,0,65,3 cost/q0.99=2,0,69,1 cost/\
    q0.999=3,0,71,0 quota=6,0,39,0 credential=4,1,62,0 units=3,55,0.05 spent=90,40,1800,800
    block B1 1700000152 2 5666668 - error=6,2,36,0 ttft/q0.5=0,0,64,36 ttft/q0.75=6,1,36,7 ttft/q0.9=5,0,46,3 ttft/\
    q0.95=5,0,66,4 ttft/q0.99=4,0,67,0 ttft/q0.999=1,0,50,0 latency/q0.5=1,1,40,18 latency/q0.75=3,0,42,8 latency/\
    q0.9=1,0,65,5 latency/q0.95=1,0,76,10 latency/q0.99=3,0,75,1 latency/q0.999=0,0,39,0 latency/ceiling=3,0,43,0 \
    cost/q0.5=5,3,38,24 cost/q0.75=2,1,72,18 cost/q0.9=4,1,69,6 cost/q0.95=2,0,49,2 cost/q0.99=4,0,48,0 cost/\
    q0.999=3,0,39,0 quota=0,0,35,0 credential=4,0,44,0 units=2,38,0.05 spent=90,40,1800,800
    block B1 1700000154 2 5666668 - error=0,0,28,0 ttft/q0.5=5,2,73,41 ttft/q0.75=5,1,39,7 ttft/q0.9=4,0,44,5 ttft/\
    q0.95=0,0,30,2 ttft/q0.99=1,0,70,1 ttft/q0.999=4,0,55,0 latency/q0.5=1,0,27,12 latency/q0.75=2,0,60,13 latency/\
    q0.9=0,0,71,8 latency/q0.95=5,0,46,2 latency/q0.99=0,0,77,1 latency/q0.999=2,0,56,0 latency/ceiling=3,0,40,0 \
    cost/q0.5=5,2,45,21 cost/q0.75=6,1,39,7 cost/q0.9=2,0,59,7 cost/q0.95=6,0,75,5 cost/q0.99=3,1,33,0 cost/\
    q0.999=4,0,74,0 quota=2,0,56,1 credential=0,0,28,0 units=2,50,0.05 spent=90,40,1800,800
    block B1 1700000156 2 5666668 - error=4,0,36,0 ttft/q0.5=0,0,35,18 ttft/q0.75=4,2,50,19 ttft/q0.9=1,0,73,7 ttft/\
    q0.95=1,0,54,4 ttft/q0.99=3,0,60,0 ttft/q0.999=0,0,73,0 latency/q0.5=4,2,51,19 latency/q0.75=6,2,30,8 latency/\
    q0.9=3,0,44,2 latency/q0.95=4,0,75,6 latency/q0.99=6,0,32,0 latency/q0.999=2,0,32,0 latency/ceiling=5,0,60,1 \
    cost/q0.5=1,0,64,33 cost/q0.75=0,0,54,16 cost/q0.9=6,1,31,1 cost/q0.95=2,0,48,2 cost/q0.99=0,0,44,0 cost/\
    q0.999=2,0,32,0 quota=5,0,66,0 credential=1,0,60,1 units=3,38,0.05 spent=90,40,1800,800
    block B1 1700000158 2 5666668 - error=0,0,63,0 ttft/q0.5=0,0,73,37 ttft/q0.75=5,0,55,13 ttft/q0.9=3,1,29,3 ttft/\
    q0.95=5,0,39,2 ttft/q0.99=0,0,34,0 ttft/q0.999=5,0,61,0 latency/q0.5=2,0,30,15 latency/q0.75=1,0,35,7 latency/\
    q0.9=6,1,77,9 latency/q0.95=1,0,63,4 latency/q0.99=3,0,47,2 latency/q0.999=1,0,45,0 latency/ceiling=4,0,66,0 \
    cost/q0.5=5,1,38,23 cost/q0.75=6,0,78,18 cost/q0.9=3,0,38,1 cost/q0.95=6,0,34,1 cost/q0.99=1,0,27,0 cost/\
    q0.999=4,0,30,0 quota=5,0,58,0 credential=5,0,34,0 units=4,64,0.05 spent=90,40,1800,800
    bits waiting StepTime:-:- 4008c04ef1f2d847 4008f2ba070cfa22 400a4f9dad4dcac7 126 error error/undecided/\
    400f01085217a319/4011d269120a47b8,-;4002ab8821735a87,4002ab8821735a87/-/3ffa6f536dae8db4 ttft/undecided/\
    bfd8bd84d316f594/bfd8bd84d316f594,-/bfda458846220fd7/- latency/undecided/bfd9ec2ea4ecdda2/bfdb4514198b82dc,\
    -;bfd89a6594e9d9f6,bfd89a6594e9d9f6/bfdd83b0a9255dc0/- cost/undecided/bfda0764b7a44e40/bfda0764b7a44e44,-/\
    bfda6a2404f06e3f/- quota/undecided/bfc36005438d6648/bfc36005438d6648,-/-/- credential/undecided/\
    3fc3dd0e3d82429c/3fc3dd0e3d82429c,-/-/-
    block B1 1700000160 2 5666668 - error=4,1,38,2 ttft/q0.5=4,3,61,30 ttft/q0.75=0,0,47,14 ttft/q0.9=6,0,71,4 ttft/\
    q0.95=5,1,66,2 ttft/q0.99=6,0,37,0 ttft/q0.999=1,0,47,0 latency/q0.5=4,2,46,24 latency/q0.75=0,0,64,18 latency/\
    q0.9=6,2,28,2 latency/q0.95=4,0,69,5 latency/q0.99=3,0,42,0 latency/q0.999=0,0,27,0 latency/ceiling=6,0,38,2 \
    cost/q0.5=3,2,54,22 cost/q0.75=1,0,76,20 cost/q0.9=1,0,73,6 cost/q0.95=6,0,66,3 cost/q0.99=5,0,47,0 cost/\
    q0.999=5,0,28,0 quota=4,0,55,0 credential=1,0,59,0 units=1,52,0.05 spent=90,40,1800,800
    block B1 1700000162 2 5666668 - error=5,1,47,0 ttft/q0.5=6,3,40,20 ttft/q0.75=4,2,34,5 ttft/q0.9=0,0,63,6 ttft/\
    q0.95=0,0,45,2 ttft/q0.99=3,0,72,0 ttft/q0.999=3,0,70,0 latency/q0.5=2,1,40,20 latency/q0.75=6,0,71,13 latency/\
    q0.9=2,0,44,5 latency/q0.95=3,0,36,0 latency/q0.99=1,0,46,1 latency/q0.999=2,0,68,0 latency/ceiling=0,0,71,0 \
    cost/q0.5=1,1,76,39 cost/q0.75=2,1,64,17 cost/q0.9=5,0,71,10 cost/q0.95=3,0,50,0 cost/q0.99=3,0,51,1 cost/\
    q0.999=2,0,59,0 quota=2,0,33,0 credential=3,0,44,0 units=1,67,0.05 spent=90,40,1800,800
    block B1 1700000164 2 5666668 - error=0,0,78,0 ttft/q0.5=1,0,57,34 ttft/q0.75=5,2,73,19 ttft/q0.9=1,0,57,5 ttft/\
    q0.95=0,0,54,4 ttft/q0.99=6,1,71,0 ttft/q0.999=6,0,40,0 latency/q0.5=4,2,66,29 latency/q0.75=1,1,43,9 latency/\
    q0.9=2,0,73,5 latency/q0.95=2,0,48,2 latency/q0.99=5,0,41,0 latency/q0.999=6,0,60,0 latency/ceiling=1,0,65,0 \
    cost/q0.5=1,0,67,32 cost/q0.75=1,1,65,22 cost/q0.9=0,0,30,6 cost/q0.95=1,0,45,0 cost/q0.99=0,0,42,1 cost/\
    q0.999=5,0,69,0 quota=1,0,75,0 credential=5,0,41,0 units=3,50,0.05 spent=90,40,1800,800
    block B1 1700000166 2 5666668 - error=2,1,34,0 ttft/q0.5=4,1,30,15 ttft/q0.75=1,0,61,15 ttft/q0.9=5,0,33,2 ttft/\
    q0.95=4,0,52,3 ttft/q0.99=1,0,36,0 ttft/q0.999=4,0,64,1 latency/q0.5=4,2,50,25 latency/q0.75=0,0,28,6 latency/\
    q0.9=4,0,49,9 latency/q0.95=4,0,35,2 latency/q0.99=6,0,41,0 latency/q0.999=1,0,31,0 latency/ceiling=2,0,31,2 \
    cost/q0.5=3,2,40,23 cost/q0.75=3,0,71,20 cost/q0.9=6,0,36,0 cost/q0.95=1,0,72,5 cost/q0.99=3,0,68,0 cost/\
    q0.999=2,0,37,0 quota=5,0,74,0 credential=6,0,27,0 units=3,69,0.05 spent=90,40,1800,800
    bits rollback Regression:error:error.tolerance 4018982373365c4e 4018982373365c4e 400a8ba47ab558f1 150 error \
    error/regressed/401bc8fec26a1d56/401e74cf670ecdf4,-;400f9e064b1d157b,400f9e064b1d157b/-/3fbfa12ad2118618 ttft/\
    undecided/bfd77cbc45a76d78/bfd77cbc45a76d78,-/bfd68b5014d6486c/- latency/undecided/bfda287ef23e3e80/\
    bfdb63d21dce6314,-;bfd8f32013796382,bfd8e5f3548ef8c6/bfdd8cf9d99794de/- cost/undecided/bfda3eb4b525be02/\
    bfda3eb4b525be00,-/bfdaa4f9c9046c59/- quota/undecided/bfc36005438d6648/bfc36005438d6648,-/-/- credential/\
    undecided/3fc3dd0e3d82429c/3fc3dd0e3d82429c,-/-/-
    block B1 1700000168 2 5666668 - error=2,0,41,0 ttft/q0.5=4,3,55,28 ttft/q0.75=1,1,52,14 ttft/q0.9=2,0,39,6 ttft/\
    q0.95=6,0,56,4 ttft/q0.99=6,0,34,0 ttft/q0.999=6,0,66,0 latency/q0.5=2,0,37,18 latency/q0.75=1,0,63,17 latency/\
    q0.9=1,0,70,7 latency/q0.95=5,1,69,1 latency/q0.99=4,0,68,1 latency/q0.999=1,0,73,0 latency/ceiling=2,0,40,0 \
    cost/q0.5=2,1,30,17 cost/q0.75=6,2,70,20 cost/q0.9=5,0,30,3 cost/q0.95=4,0,34,0 cost/q0.99=3,0,45,1 cost/\
    q0.999=3,0,63,0 quota=3,0,51,0 credential=2,0,76,0 units=0,32,0.05 spent=90,40,1800,800
    block B1 1700000170 2 5666668 - error=0,0,78,1 ttft/q0.5=1,1,72,37 ttft/q0.75=0,0,35,8 ttft/q0.9=5,0,65,10 ttft/\
    q0.95=6,0,38,2 ttft/q0.99=1,0,44,0 ttft/q0.999=0,0,33,0 latency/q0.5=1,0,32,20 latency/q0.75=6,2,64,13 latency/\
    q0.9=6,1,44,4 latency/q0.95=4,1,62,5 latency/q0.99=6,0,68,1 latency/q0.999=6,0,48,0 latency/ceiling=1,0,34,0 \
    cost/q0.5=2,1,26,11 cost/q0.75=4,2,33,5 cost/q0.9=0,0,59,7 cost/q0.95=6,1,75,3 cost/q0.99=1,0,36,0 cost/\
    q0.999=3,0,49,0 quota=5,0,54,0 credential=2,0,57,0 units=2,60,0.05 spent=90,40,1800,800
    block B1 1700000172 2 5666668 - error=1,0,36,0 ttft/q0.5=1,0,74,38 ttft/q0.75=6,0,26,7 ttft/q0.9=3,0,44,7 ttft/\
    q0.95=3,0,75,5 ttft/q0.99=6,0,73,0 ttft/q0.999=5,0,50,0 latency/q0.5=3,1,73,36 latency/q0.75=2,0,41,11 latency/\
    q0.9=6,0,42,4 latency/q0.95=2,0,43,2 latency/q0.99=5,0,78,0 latency/q0.999=1,0,27,0 latency/ceiling=4,0,28,0 \
    cost/q0.5=2,2,71,44 cost/q0.75=6,0,62,10 cost/q0.9=6,1,42,3 cost/q0.95=3,0,36,1 cost/q0.99=2,0,33,0 cost/\
    q0.999=4,0,35,0 quota=2,0,47,0 credential=3,0,36,0 units=4,65,0.05 spent=90,40,1800,800
    block B1 1700000174 2 5666668 - error=3,0,38,0 ttft/q0.5=5,2,50,22 ttft/q0.75=5,0,68,30 ttft/q0.9=2,0,33,3 ttft/\
    q0.95=2,0,33,1 ttft/q0.99=4,0,59,1 ttft/q0.999=6,0,48,0 latency/q0.5=3,1,32,14 latency/q0.75=4,1,39,11 latency/\
    q0.9=4,0,44,5 latency/q0.95=4,0,51,0 latency/q0.99=6,0,49,1 latency/q0.999=5,0,56,1 latency/ceiling=3,0,66,0 \
    cost/q0.5=1,0,43,21 cost/q0.75=5,0,57,15 cost/q0.9=0,0,62,9 cost/q0.95=1,0,50,1 cost/q0.99=2,0,26,0 cost/\
    q0.999=3,0,32,0 quota=2,0,70,0 credential=1,0,45,0 units=1,66,0.05 spent=90,40,1800,800
    bits rollback Regression:error:error.tolerance 40188fec1803aa72 4018982373365c4e 400b21d98c2d0934 174 error \
    error/regressed/401bc0c8f79c1cfb/401e74cf670ecdf4,-;400c8b75ed0045df,400c8b75ed0045df/-/3fbfa12ad2118618 ttft/\
    undecided/bfd95a2b651b19fa/bfd95a2b651b19fc,-/bfd7080335e7f0dc/- latency/undecided/bfda8aa5f62a9c86/\
    bfdbe7bec03d3554,-;bfd934d5b5cad007,bfd934d5b5cad007/bfddec3836d3f8c1/- cost/undecided/bfda38e1caac74cc/\
    bfda38e1caac74cc,-/bfdae332afd80b7b/- quota/undecided/bfc36005438d6648/bfc36005438d6648,-/-/- credential/\
    undecided/3fc3dd0e3d82429c/3fc3dd0e3d82429c,-/-/-
    block B1 1700000176 2 5666668 - error=4,1,64,1 ttft/q0.5=5,3,47,29 ttft/q0.75=4,0,47,10 ttft/q0.9=0,0,40,1 ttft/\
    q0.95=6,1,37,0 ttft/q0.99=1,0,50,0 ttft/q0.999=4,0,45,0 latency/q0.5=6,4,39,15 latency/q0.75=4,0,58,16 latency/\
    q0.9=6,0,45,7 latency/q0.95=6,0,33,0 latency/q0.99=2,0,69,0 latency/q0.999=1,0,32,0 latency/ceiling=4,0,34,0 \
    cost/q0.5=3,1,42,21 cost/q0.75=1,1,73,16 cost/q0.9=4,0,60,6 cost/q0.95=0,0,62,6 cost/q0.99=3,0,43,0 cost/\
    q0.999=4,0,66,0 quota=0,0,68,0 credential=5,0,63,0 units=2,32,0.05 spent=90,40,1800,800
    block B1 1700000178 2 5666668 - error=2,1,63,1 ttft/q0.5=1,0,72,40 ttft/q0.75=0,0,40,8 ttft/q0.9=4,1,55,4 ttft/\
    q0.95=5,0,41,4 ttft/q0.99=1,0,70,1 ttft/q0.999=1,0,48,0 latency/q0.5=0,0,30,14 latency/q0.75=2,0,46,11 latency/\
    q0.9=0,0,50,9 latency/q0.95=2,0,78,7 latency/q0.99=2,0,38,0 latency/q0.999=2,0,45,0 latency/ceiling=5,0,60,0 \
    cost/q0.5=0,0,56,33 cost/q0.75=1,0,45,10 cost/q0.9=5,1,29,1 cost/q0.95=2,0,31,0 cost/q0.99=1,0,56,0 cost/\
    q0.999=2,0,51,0 quota=0,0,34,0 credential=2,0,39,0 units=2,67,0.05 spent=90,40,1800,800
    last rollback Regression:error:error.tolerance 40220fa74ce14839 40220fa74ce14839 400b40b789b63de8 185 error \
    error/regressed/4023a8778edcabb4/402509a1f8cfffaf,-;40134fa95fa67f90,40134fa95fa67f90/-/bfed50dabaf7d3ef ttft/\
    undecided/bfd9707384e0a95f/bfd9707384e0a964,-/bfd723474bd7a9ee/- latency/undecided/bfdac40258f03fec/\
    bfdc173665963728,-;bfd977afb02c8702,bfd977afb02c8702/bfddec3836d3f8c1/- cost/undecided/bfda32066dc00262/\
    bfda32066dc00264,-/bfdae332afd80b7b/- quota/undecided/bfc36005438d6648/bfc36005438d6648,-/-/- credential/\
    undecided/3fc3dd0e3d82429c/3fc3dd0e3d82429c,-/-/-
    event {"start":{"at":1000,"configuration":{"alpha":0.02,"certificate_alpha":0.1,"certificate_odds":3,\
    "funding":{"overtime":0.1,"plan_minutes":90,"start":0.3},"metrics":[{"ceiling":{"share":0.05},"form":"event",\
    "metric":"error","on_regression":"rollback","weight":2},{"ceiling":{"above":80,"share":0.05},"form":"value",\
    "metric":"tpot","on_regression":"rollback","tolerance":1.3,"weight":1},{"alpha":0.05,"form":"event",\
    "metric":"quota","on_regression":"hold","tolerance":2,"weight":1}],"no_traffic_seconds":7200,\
    "sample_ratio_alpha":0.01}}}
    event {"step":{"canary_units":40,"certificates":[],"minimum_requests":0,"seconds":1800,"started_at":1000}}
    block B1 1024 64 4 - error=2,0,42,2 tpot/q0.5=4,1,16,10 tpot/q0.75=2,1,26,10 tpot/q0.9=3,0,26,2 tpot/q0.95=3,0,\
    26,0 tpot/q0.99=10,0,34,1 tpot/q0.999=10,0,30,1 tpot/ceiling=8,0,33,0 quota=9,0,40,0 units=2,38,0.05 spent=90,\
    40,1800,800
    block B1 1088 64 4 - error=6,0,30,0 tpot/q0.5=0,0,30,8 tpot/q0.75=0,0,29,2 tpot/q0.9=7,2,24,3 tpot/q0.95=7,0,44,\
    2 tpot/q0.99=8,0,34,0 tpot/q0.999=9,0,26,1 tpot/ceiling=8,0,23,0 quota=5,0,20,0 spent=90,40,1800,800
    block B1 1152 64 4 - error=10,0,41,0 tpot/q0.5=7,2,41,21 tpot/q0.75=2,1,23,2 tpot/q0.9=8,2,44,4 tpot/q0.95=2,0,\
    38,2 tpot/q0.99=8,0,18,0 tpot/q0.999=10,0,27,0 tpot/ceiling=0,0,32,0 quota=9,0,34,1 spent=90,40,1800,800
    block B1 1216 64 5 - error=0,0,41,1 tpot/q0.5=9,5,40,15 tpot/q0.75=7,0,29,6 tpot/q0.9=3,1,17,2 tpot/q0.95=8,0,\
    25,0 tpot/q0.99=10,0,36,0 tpot/q0.999=5,0,35,0 tpot/ceiling=9,0,29,0 quota=6,0,25,0 units=0,46,0.05 spent=90,40,\
    1800,800
    block B1 1280 64 5 - error=7,0,19,0 tpot/q0.5=7,3,28,11 tpot/q0.75=10,2,17,4 tpot/q0.9=1,0,15,1 tpot/q0.95=8,1,\
    41,3 tpot/q0.99=1,0,22,0 tpot/q0.999=2,0,44,0 tpot/ceiling=7,0,21,0 quota=3,0,30,0 spent=90,40,1800,800
    block B1 1344 64 5 - error=7,0,39,1 tpot/q0.5=9,4,31,18 tpot/q0.75=9,3,39,9 tpot/q0.9=4,0,23,0 tpot/q0.95=7,0,\
    33,2 tpot/q0.99=5,0,34,1 tpot/q0.999=10,0,31,0 tpot/ceiling=2,0,38,0 quota=1,0,38,0 spent=90,40,1800,800
    block B1 1408 64 5 - error=10,0,30,0 tpot/q0.5=10,5,31,12 tpot/q0.75=6,1,38,11 tpot/q0.9=4,0,25,1 tpot/q0.95=8,\
    0,42,2 tpot/q0.99=3,0,42,1 tpot/q0.999=5,0,33,0 tpot/ceiling=6,0,32,0 quota=0,0,16,0 units=1,49,0.05 spent=90,\
    40,1800,800
    block B1 1472 64 5 - error=1,0,26,0 tpot/q0.5=2,1,17,9 tpot/q0.75=0,0,29,8 tpot/q0.9=5,0,31,3 tpot/q0.95=1,1,39,\
    2 tpot/q0.99=4,0,31,2 tpot/q0.999=4,0,38,0 tpot/ceiling=5,0,35,0 quota=2,0,36,0 spent=90,40,1800,800
    bits waiting StepTime:-:- bfd4e001c562c168 0 3fc9a49fd31012b0 74 - error/undecided/bfd5a0f40c9bab5b/\
    bfd5a0f40c9bab5b,bfd5a0f40c9bab5b/-/3fde1509a67aab50 tpot/undecided/bfd364ccc50067fc/bfd103713d71cc50,\
    -;bfd5ddb2fd1465ba,bfd5ddb2fd1465ba/bfd22cd7805da0d0/- quota/undecided/bfc814fad29e3648/bfc814fad29e3648,-/-/-
    block B1 1536 64 6 - error=1,0,29,0 tpot/q0.5=9,4,38,12 tpot/q0.75=6,2,39,9 tpot/q0.9=5,1,24,2 tpot/q0.95=7,0,\
    43,2 tpot/q0.99=0,0,35,0 tpot/q0.999=4,0,16,0 tpot/ceiling=4,0,42,0 quota=3,0,43,0 spent=90,40,1800,800
    block B1 1600 64 6 - error=1,0,40,1 tpot/q0.5=8,6,20,11 tpot/q0.75=10,3,28,9 tpot/q0.9=4,0,41,6 tpot/q0.95=6,0,\
    15,1 tpot/q0.99=7,0,19,0 tpot/q0.999=10,0,27,0 tpot/ceiling=10,0,35,0 quota=4,0,34,0 units=4,32,0.05 spent=90,\
    40,1800,800
    block B1 1664 64 6 - error=1,0,16,1 tpot/q0.5=3,2,20,8 tpot/q0.75=3,1,19,4 tpot/q0.9=4,0,30,4 tpot/q0.95=10,0,\
    29,0 tpot/q0.99=2,0,41,0 tpot/q0.999=3,0,25,0 tpot/ceiling=8,0,27,0 quota=2,0,18,0 spent=90,40,1800,800
    block B1 1728 64 6 - error=10,3,33,0 tpot/q0.5=6,3,21,12 tpot/q0.75=7,5,27,7 tpot/q0.9=5,1,26,5 tpot/q0.95=0,0,\
    40,3 tpot/q0.99=3,0,20,0 tpot/q0.999=1,0,24,0 tpot/ceiling=9,0,22,0 quota=4,0,34,0 spent=90,40,1800,800
    block B1 1792 64 6 - error=3,0,33,0 tpot/q0.5=2,1,26,11 tpot/q0.75=3,0,43,15 tpot/q0.9=7,1,43,1 tpot/q0.95=8,0,\
    33,1 tpot/q0.99=3,0,27,0 tpot/q0.999=0,0,30,0 tpot/ceiling=4,0,40,0 quota=4,0,33,0 units=0,30,0.05 spent=90,40,\
    1800,800
    block B1 1856 64 7 - error=0,0,15,0 tpot/q0.5=10,4,38,21 tpot/q0.75=10,3,30,8 tpot/q0.9=3,0,35,6 tpot/q0.95=7,0,\
    39,0 tpot/q0.99=4,0,25,0 tpot/q0.999=2,0,20,0 tpot/ceiling=8,0,32,0 quota=0,0,20,0 spent=90,40,1800,800
    block B1 1920 64 7 - error=2,0,18,0 tpot/q0.5=0,0,19,14 tpot/q0.75=1,1,45,11 tpot/q0.9=0,0,45,7 tpot/q0.95=1,0,\
    32,1 tpot/q0.99=8,0,39,0 tpot/q0.999=2,0,36,0 tpot/ceiling=2,0,42,1 quota=9,0,25,0 spent=90,40,1800,800
    block B1 1984 64 7 - error=9,0,33,1 tpot/q0.5=4,4,31,11 tpot/q0.75=8,1,24,5 tpot/q0.9=2,0,40,2 tpot/q0.95=2,0,\
    16,0 tpot/q0.99=10,0,33,0 tpot/q0.999=10,0,29,0 tpot/ceiling=2,0,43,0 quota=2,0,41,0 units=0,37,0.05 spent=90,\
    40,1800,800
    bits waiting StepTime:-:- bfd4c3db9886567d 0 3fc8af845cb4fde5 150 - error/undecided/bfd39cf42d38880e/\
    bfd39cf42d38880e,bfd39cf42d38880e/-/bff6d7a01395e78e tpot/undecided/bfd7221598273908/bfd1cca6a409c410,\
    -;bfdcf3be58ce76a2,bfdcf3be58ce76a2/bfd22cd7805da0d0/- quota/undecided/bfc814fad29e3646/bfc814fad29e3646,-/-/-
    block B1 2048 64 7 - error=1,0,39,0 tpot/q0.5=7,3,32,18 tpot/q0.75=4,2,26,9 tpot/q0.9=3,0,36,2 tpot/q0.95=4,0,\
    45,1 tpot/q0.99=9,0,45,1 tpot/q0.999=7,0,29,0 tpot/ceiling=6,0,21,0 quota=10,0,20,0 spent=90,40,1800,800
    block B1 2112 64 8 - error=7,2,44,0 tpot/q0.5=9,5,30,20 tpot/q0.75=4,0,25,6 tpot/q0.9=4,0,36,1 tpot/q0.95=5,0,\
    22,2 tpot/q0.99=6,0,32,3 tpot/q0.999=3,0,45,0 tpot/ceiling=6,0,35,0 quota=8,0,21,0 spent=90,40,1800,800
    block B1 2176 64 8 - error=1,0,20,0 tpot/q0.5=1,0,21,10 tpot/q0.75=8,3,28,8 tpot/q0.9=1,0,25,4 tpot/q0.95=7,0,\
    30,1 tpot/q0.99=6,0,32,0 tpot/q0.999=7,0,22,0 tpot/ceiling=7,0,35,0 quota=1,0,33,0 units=3,45,0.05 spent=90,40,\
    1800,800
    block B1 2240 64 8 - error=3,0,20,0 tpot/q0.5=10,7,16,7 tpot/q0.75=2,0,17,3 tpot/q0.9=4,0,37,3 tpot/q0.95=10,0,\
    15,0 tpot/q0.99=0,0,38,1 tpot/q0.999=6,0,32,0 tpot/ceiling=3,0,22,0 quota=6,0,28,0 spent=90,40,1800,800
    block B1 2304 64 8 - error=7,0,16,1 tpot/q0.5=3,1,44,24 tpot/q0.75=10,1,42,10 tpot/q0.9=7,1,22,2 tpot/q0.95=1,0,\
    40,1 tpot/q0.99=10,0,20,0 tpot/q0.999=1,0,42,1 tpot/ceiling=7,0,43,0 quota=1,0,25,0 spent=90,40,1800,800
    block B1 2368 64 8 - error=6,0,34,0 tpot/q0.5=7,3,37,20 tpot/q0.75=8,4,18,3 tpot/q0.9=0,0,39,5 tpot/q0.95=2,0,\
    15,0 tpot/q0.99=7,0,43,0 tpot/q0.999=1,0,19,0 tpot/ceiling=10,0,19,0 quota=0,0,20,0 units=3,67,0.05 spent=90,40,\
    1800,800
    block B1 2432 64 9 - error=9,0,20,0 tpot/q0.5=1,1,29,14 tpot/q0.75=6,1,45,10 tpot/q0.9=10,0,38,2 tpot/q0.95=7,1,\
    45,1 tpot/q0.99=6,0,43,0 tpot/q0.999=4,0,23,0 tpot/ceiling=6,0,35,0 quota=10,0,44,0 spent=90,40,1800,800
    block B1 2496 64 9 - error=9,0,38,0 tpot/q0.5=0,0,43,20 tpot/q0.75=4,1,25,7 tpot/q0.9=7,0,39,5 tpot/q0.95=3,0,\
    45,3 tpot/q0.99=4,0,24,0 tpot/q0.999=3,0,26,0 tpot/ceiling=6,0,15,0 quota=9,0,40,0 spent=90,40,1800,800
    bits waiting StepTime:-:- bfdd0a3070ed6396 0 3fc79677721f7c32 226 - error/undecided/bfdb954bae85d57f/\
    bfdb954bae85d57f,bfdb954bae85d57f/-/c00540b658a7f114 tpot/undecided/bfe00739071b1359/bfdc6e6433a3046c,\
    -;bfe1f31ee9d6c0a9,bfe1f31ee9d6c0a9/bfdaeb2ea7727a34/- quota/undecided/bfc814fad29e3640/bfc814fad29e3640,-/-/-
    block B1 2560 64 9 - error=9,0,44,1 tpot/q0.5=2,2,36,12 tpot/q0.75=6,2,16,3 tpot/q0.9=4,1,25,1 tpot/q0.95=7,0,\
    18,0 tpot/q0.99=3,0,40,1 tpot/q0.999=6,0,28,0 tpot/ceiling=2,0,15,0 quota=5,0,40,0 units=1,64,0.05 spent=90,40,\
    1800,800
    block B1 2624 64 9 - error=9,0,34,0 tpot/q0.5=1,1,18,7 tpot/q0.75=0,0,16,3 tpot/q0.9=4,2,38,1 tpot/q0.95=0,0,40,\
    1 tpot/q0.99=7,0,30,1 tpot/q0.999=3,0,26,0 tpot/ceiling=4,0,35,0 quota=6,0,40,0 spent=90,40,1800,800
    block B1 2688 64 9 - error=7,0,16,0 tpot/q0.5=0,0,20,9 tpot/q0.75=2,1,44,13 tpot/q0.9=10,0,24,4 tpot/q0.95=7,1,\
    21,2 tpot/q0.99=0,0,19,1 tpot/q0.999=9,0,22,0 tpot/ceiling=7,0,41,0 quota=2,0,36,1 spent=90,40,1800,800
    block B1 2752 64 10 - error=10,0,29,0 tpot/q0.5=9,6,42,28 tpot/q0.75=7,3,19,3 tpot/q0.9=2,0,28,5 tpot/q0.95=3,0,\
    33,2 tpot/q0.99=5,0,24,0 tpot/q0.999=1,0,37,0 tpot/ceiling=1,0,39,0 quota=0,0,36,0 units=2,70,0.05 spent=90,40,\
    1800,800
    bits advance  bfe1874fb0713661 0 3fc80f3189c51ce9 264 - error/undecided/bfe1f6925f51dd12/bfe1f6925f51dd12,\
    bfe1f6925f51dd12/-/c002fe7511aa955d tpot/undecided/bfe0ad3937b775a0/bfdc42851c0d138c,-;bfe371986dfbb688,\
    bfe371986dfbb688/bfdf8fbab29d3d18/- quota/undecided/bfd30fe2c7bd13c8/bfd30fe2c7bd13c8,-/-/-
    block B1 2816 64 10 - error=2,0,18,0 tpot/q0.5=7,5,37,20 tpot/q0.75=4,0,23,8 tpot/q0.9=5,1,29,5 tpot/q0.95=1,0,\
    41,1 tpot/q0.99=5,0,24,0 tpot/q0.999=5,0,19,0 tpot/ceiling=7,0,31,0 quota=5,0,44,0 spent=90,40,1800,800
    block B1 2880 64 10 - error=4,0,21,0 tpot/q0.5=8,3,32,10 tpot/q0.75=7,1,31,13 tpot/q0.9=6,0,30,2 tpot/q0.95=9,0,\
    25,0 tpot/q0.99=5,0,24,0 tpot/q0.999=4,0,44,0 tpot/ceiling=0,0,19,1 quota=10,0,21,0 spent=90,40,1800,800
    block B1 2944 64 10 - error=1,0,25,0 tpot/q0.5=8,5,19,12 tpot/q0.75=0,0,38,12 tpot/q0.9=1,1,24,2 tpot/q0.95=6,1,\
    32,2 tpot/q0.99=4,0,39,1 tpot/q0.999=3,0,29,0 tpot/ceiling=8,0,41,0 quota=4,0,38,0 units=3,44,0.05 spent=90,40,\
    1800,800
    block B1 3008 64 11 - error=6,0,20,0 tpot/q0.5=7,4,17,10 tpot/q0.75=3,1,44,12 tpot/q0.9=5,1,17,1 tpot/q0.95=9,0,\
    19,0 tpot/q0.99=0,0,32,1 tpot/q0.999=1,0,22,0 tpot/ceiling=10,0,22,0 quota=9,0,42,0 spent=90,40,1800,800
    bits advance  bfe331b7a5d7e980 0 3fc7d8883d888451 299 - error/undecided/bfe39e1bc0d820ae/bfe39e1bc0d820ae,\
    bfe39e1bc0d820ae/-/c002fe7511aa955d tpot/undecided/bfe25d2528fdab31/bfdef5fd838132b0,-;bfe5887415f28930,\
    bfe5887415f28930/bfe0dca84049151c/- quota/undecided/bfd30fe2c7bd13c9/bfd30fe2c7bd13c9,-/-/-
    block B1 3072 64 11 - error=8,0,35,2 tpot/q0.5=7,5,25,14 tpot/q0.75=4,1,32,3 tpot/q0.9=0,0,42,5 tpot/q0.95=9,1,\
    45,2 tpot/q0.99=4,0,16,0 tpot/q0.999=10,0,35,0 tpot/ceiling=0,0,29,0 quota=6,0,28,0 spent=90,40,1800,800
    block B1 3136 64 11 - error=4,0,17,0 tpot/q0.5=0,0,19,13 tpot/q0.75=1,1,33,7 tpot/q0.9=2,0,21,1 tpot/q0.95=1,0,\
    34,2 tpot/q0.99=7,0,21,0 tpot/q0.999=1,0,27,0 tpot/ceiling=10,0,44,0 quota=0,0,36,0 units=1,70,0.05 spent=90,40,\
    1800,800
    block B1 3200 64 11 - error=4,0,38,1 tpot/q0.5=1,1,34,20 tpot/q0.75=9,4,18,6 tpot/q0.9=10,2,31,5 tpot/q0.95=5,0,\
    15,0 tpot/q0.99=4,0,37,0 tpot/q0.999=1,0,27,0 tpot/ceiling=6,0,41,0 quota=6,0,36,0 spent=90,40,1800,800
    block B1 3264 64 11 - error=3,0,19,0 tpot/q0.5=10,5,35,15 tpot/q0.75=3,1,34,6 tpot/q0.9=1,0,32,3 tpot/q0.95=9,1,\
    44,2 tpot/q0.99=3,0,32,1 tpot/q0.999=5,0,26,0 tpot/ceiling=2,0,30,0 quota=9,0,27,0 spent=90,40,1800,800
    bits advance  bfe4b191ddf9f60d 0 3fc803fecaab9580 339 - error/undecided/bfe5a8d6bfa1f9ac/bfe5a8d6bfa1f9ac,\
    bfe5a8d6bfa1f9ac/-/bff99083b02c4b8d tpot/undecided/bfe2d85b009b063f/bfde340fd68b6840,-;bfe715d35ec49940,\
    bfe715d35ec49940/bfe213e49a82b862/- quota/undecided/bfd30fe2c7bd13cc/bfd30fe2c7bd13cc,-/-/-
    block B1 3328 64 12 - error=8,0,19,0 tpot/q0.5=9,5,36,18 tpot/q0.75=3,1,17,5 tpot/q0.9=5,1,40,5 tpot/q0.95=6,1,\
    16,1 tpot/q0.99=3,0,35,0 tpot/q0.999=4,0,45,0 tpot/ceiling=1,0,45,0 quota=1,0,17,0 units=0,38,0.05 spent=90,40,\
    1800,800
    block B1 3392 64 12 - error=0,0,22,0 tpot/q0.5=4,2,26,11 tpot/q0.75=7,6,19,5 tpot/q0.9=6,1,40,4 tpot/q0.95=5,1,\
    25,1 tpot/q0.99=10,0,25,1 tpot/q0.999=9,0,16,0 tpot/ceiling=8,0,20,0 quota=5,0,27,1 spent=90,40,1800,800
    block B1 3456 64 12 - error=1,0,41,0 tpot/q0.5=9,5,36,18 tpot/q0.75=3,2,30,12 tpot/q0.9=8,2,37,3 tpot/q0.95=8,1,\
    20,2 tpot/q0.99=8,0,29,0 tpot/q0.999=10,0,34,0 tpot/ceiling=8,0,21,0 quota=3,0,22,0 spent=90,40,1800,800
    block B1 3520 64 12 - error=6,0,24,1 tpot/q0.5=10,7,19,9 tpot/q0.75=3,1,30,5 tpot/q0.9=4,0,24,4 tpot/q0.95=3,2,\
    32,1 tpot/q0.99=8,0,35,0 tpot/q0.999=7,0,27,0 tpot/ceiling=7,0,36,1 quota=7,0,40,0 units=0,65,0.05 spent=90,40,\
    1800,800
    bits advance  bfe3130319634701 0 3fc8e681dd5d47c5 378 - error/undecided/bfe7ca889ca4548e/bfe7ca889ca4548e,\
    bfe7ca889ca4548e/-/bff44d1bc93d8670 tpot/undecided/bfd6a5130d159e8b/bfa8de11cdd4c5c0,-;bfe973dc2ad627d8,\
    bfe973dc2ad627d8/bfe427a66dbf26a8/- quota/undecided/bfdd70b9707b5630/bfdd70b9707b5630,-/-/-
    block B1 3584 64 12 - error=10,0,32,0 tpot/q0.5=0,0,42,22 tpot/q0.75=10,2,33,7 tpot/q0.9=7,1,42,4 tpot/q0.95=10,\
    0,16,0 tpot/q0.99=7,0,30,1 tpot/q0.999=1,0,22,0 tpot/ceiling=4,0,33,0 quota=7,0,18,0 spent=90,40,1800,800
    block B1 3648 64 13 - error=8,2,34,0 tpot/q0.5=0,0,34,9 tpot/q0.75=4,1,16,7 tpot/q0.9=3,0,20,4 tpot/q0.95=2,0,\
    38,5 tpot/q0.99=4,0,34,1 tpot/q0.999=7,0,25,0 tpot/ceiling=8,0,26,1 quota=2,0,19,0 spent=90,40,1800,800
    block B1 3712 64 13 - error=7,1,23,0 tpot/q0.5=10,9,19,9 tpot/q0.75=8,4,24,5 tpot/q0.9=10,1,16,1 tpot/q0.95=0,0,\
    42,2 tpot/q0.99=2,0,26,0 tpot/q0.999=1,0,35,0 tpot/ceiling=2,0,16,0 quota=10,0,40,0 units=4,68,0.05 spent=90,40,\
    1800,800
    block B1 3776 64 13 - error=6,2,35,0 tpot/q0.5=8,4,19,9 tpot/q0.75=10,5,38,7 tpot/q0.9=7,0,26,4 tpot/q0.95=8,1,\
    43,2 tpot/q0.99=2,0,41,0 tpot/q0.999=2,0,27,0 tpot/ceiling=5,0,29,0 quota=3,0,24,0 spent=90,40,1800,800
    bits advance  bfccd5bc8c0c622e 0 3fc8dfdde632a069 416 - error/undecided/bfcc7d2d749f2ee4/bfcc7d2d749f2ee4,\
    bfcc7d2d749f2ee4/-/c013b66d148dd9ea tpot/undecided/bfcd8793600d025c/3fc3514ad0d9ad68,-;bfeb609532ebcc65,\
    bfeb609532ebcc65/bfe69228112803b0/- quota/undecided/bfdd70b9707b562c/bfdd70b9707b562c,-/-/-
    block B1 3840 64 13 - error=2,1,15,0 tpot/q0.5=4,4,37,21 tpot/q0.75=6,2,42,11 tpot/q0.9=4,0,27,3 tpot/q0.95=5,0,\
    16,0 tpot/q0.99=1,0,31,0 tpot/q0.999=10,0,24,0 tpot/ceiling=3,0,39,0 quota=6,0,40,0 spent=90,40,1800,800
    block B1 3904 64 14 - error=4,1,17,0 tpot/q0.5=1,1,18,6 tpot/q0.75=4,0,45,10 tpot/q0.9=6,0,20,3 tpot/q0.95=1,0,\
    24,0 tpot/q0.99=8,1,38,1 tpot/q0.999=0,0,39,0 tpot/ceiling=5,0,34,0 quota=4,0,24,0 units=3,41,0.05 spent=90,40,\
    1800,800
    block B1 3968 64 14 - error=9,2,28,0 tpot/q0.5=10,6,34,18 tpot/q0.75=1,0,22,6 tpot/q0.9=6,0,30,4 tpot/q0.95=2,0,\
    22,1 tpot/q0.99=8,0,30,0 tpot/q0.999=8,0,32,0 tpot/ceiling=0,0,26,0 quota=3,0,44,0 spent=90,40,1800,800
    block B1 4032 64 14 - error=9,1,42,2 tpot/q0.5=3,2,40,18 tpot/q0.75=0,0,16,5 tpot/q0.9=6,1,30,1 tpot/q0.95=9,2,\
    17,0 tpot/q0.99=9,0,44,0 tpot/q0.999=2,0,34,0 tpot/ceiling=3,0,15,0 quota=8,0,16,0 spent=90,40,1800,800
    bits advance  3ffbca4d1d2c66b4 3ffc84c14448292a 3fc8dd8db1a07dac 453 error error/undecided/4000aee4737a6cfa/\
    4000aee4737a6cfa,4000aee4737a6cfa/-/c01eea7a443959e0 tpot/undecided/bfadd6606a4f597c/3fd9304afa14fc28,\
    -;bfecf65e20134218,bfecf65e20134218/bfe406d522597fde/- quota/undecided/bfdd70b9707b562e/bfdd70b9707b562e,-/-/-
    block B1 4096 64 14 - error=6,0,38,0 tpot/q0.5=10,7,44,19 tpot/q0.75=9,6,29,9 tpot/q0.9=4,0,23,3 tpot/q0.95=7,0,\
    32,3 tpot/q0.99=5,0,39,1 tpot/q0.999=0,0,41,0 tpot/ceiling=1,0,22,1 quota=8,0,25,0 units=2,65,0.05 spent=90,40,\
    1800,800
    block B1 4160 64 14 - error=7,0,34,0 tpot/q0.5=7,6,32,16 tpot/q0.75=1,1,28,10 tpot/q0.9=4,0,18,2 tpot/q0.95=1,0,\
    42,1 tpot/q0.99=10,0,23,0 tpot/q0.999=5,0,36,0 tpot/ceiling=0,0,19,0 quota=8,0,40,0 spent=90,40,1800,800
    block B1 4224 64 15 - error=6,0,43,0 tpot/q0.5=1,1,39,17 tpot/q0.75=5,0,32,4 tpot/q0.9=10,1,33,2 tpot/q0.95=4,0,\
    30,0 tpot/q0.99=8,0,18,0 tpot/q0.999=9,0,44,0 tpot/ceiling=7,0,21,0 quota=8,0,27,0 spent=90,40,1800,800
    block B1 4288 64 15 - error=6,1,44,0 tpot/q0.5=1,1,16,7 tpot/q0.75=4,1,45,14 tpot/q0.9=3,2,31,1 tpot/q0.95=5,0,\
    17,0 tpot/q0.99=7,0,45,0 tpot/q0.999=10,0,30,0 tpot/ceiling=4,0,16,0 quota=2,0,29,0 units=1,63,0.05 spent=90,40,\
    1800,800
    bits advance  3feb44670fea8562 3ffc84c14448292a 3fc8ddd97e9af127 493 error error/undecided/3fe2ef8325ce8258/\
    3fe2ef8325ce8258,3fe2ef8325ce8258/-/c020f55e6e32ef4f tpot/undecided/3ff3abf14f3afa8f/3ffdd9e6ae153f5e,\
    -;bfef18183530b890,bfef18183530b890/bfe5f4acdedbd08b/- quota/undecided/bfdd70b9707b562e/bfdd70b9707b562e,-/-/-
    block B1 4352 64 15 - error=1,0,35,0 tpot/q0.5=5,4,17,8 tpot/q0.75=7,3,36,9 tpot/q0.9=9,1,21,1 tpot/q0.95=5,0,\
    16,1 tpot/q0.99=4,0,17,0 tpot/q0.999=10,0,17,0 tpot/ceiling=7,0,29,0 quota=3,0,26,0 spent=90,40,1800,800
    block B1 4416 64 15 - error=2,1,44,2 tpot/q0.5=1,1,23,7 tpot/q0.75=1,0,33,12 tpot/q0.9=6,1,23,6 tpot/q0.95=1,0,\
    22,0 tpot/q0.99=9,0,24,2 tpot/q0.999=10,0,35,0 tpot/ceiling=9,0,39,0 quota=4,0,45,0 spent=90,40,1800,800
    block B1 4480 64 15 - error=1,0,37,0 tpot/q0.5=1,1,17,10 tpot/q0.75=9,3,34,9 tpot/q0.9=6,0,33,3 tpot/q0.95=1,0,\
    29,2 tpot/q0.99=3,0,19,0 tpot/q0.999=6,0,39,0 tpot/ceiling=8,0,30,0 quota=8,0,40,0 units=2,57,0.05 spent=90,40,\
    1800,800
    block B1 4544 64 16 - error=7,0,33,1 tpot/q0.5=10,8,16,6 tpot/q0.75=3,1,35,10 tpot/q0.9=1,0,33,8 tpot/q0.95=7,0,\
    21,3 tpot/q0.99=0,0,31,0 tpot/q0.999=9,0,33,0 tpot/ceiling=4,0,36,2 quota=4,0,42,0 spent=90,40,1800,800
    bits advance  4008fae63423a566 4008fae63423a566 3fc8de175405c73f 532 tpot error/undecided/3fe3f0d9b0e17efd/\
    3fe3f0d9b0e17efd,3fe3f0d9b0e17efd/-/c021dcffef8ef51a tpot/regressed/4010a8c3250963db/40136bd6e987cba2,\
    -;bff145d99eafa8bf,bff145d99eafa8bf/bfeb60b2e9b71474/- quota/undecided/bfdd70b9707b562a/bfdd70b9707b562a,-/-/-
    block B1 4608 64 16 - error=4,0,30,1 tpot/q0.5=9,6,17,9 tpot/q0.75=2,0,35,8 tpot/q0.9=2,0,25,2 tpot/q0.95=5,1,\
    24,1 tpot/q0.99=7,0,39,0 tpot/q0.999=9,0,36,0 tpot/ceiling=4,0,29,0 quota=2,0,35,1 spent=90,40,1800,800
    block B1 4672 64 16 - error=3,0,19,0 tpot/q0.5=0,0,39,17 tpot/q0.75=1,1,37,11 tpot/q0.9=3,0,15,0 tpot/q0.95=0,0,\
    23,2 tpot/q0.99=5,1,36,0 tpot/q0.999=8,0,20,0 tpot/ceiling=2,0,29,0 quota=2,0,31,0 units=1,45,0.05 spent=90,40,\
    1800,800
    block B1 4736 64 16 - error=5,0,31,3 tpot/q0.5=1,1,40,18 tpot/q0.75=5,3,36,5 tpot/q0.9=3,0,28,3 tpot/q0.95=9,0,\
    44,4 tpot/q0.99=6,0,44,1 tpot/q0.999=1,0,29,0 tpot/ceiling=3,0,17,0 quota=1,0,43,0 spent=90,40,1800,800
    block B1 4800 64 17 - error=5,1,22,0 tpot/q0.5=10,8,28,17 tpot/q0.75=4,2,39,17 tpot/q0.9=10,1,38,3 tpot/q0.95=1,\
    0,34,3 tpot/q0.99=7,0,21,0 tpot/q0.999=5,0,18,0 tpot/ceiling=7,0,39,2 quota=3,0,26,0 spent=90,40,1800,800
    bits rollback Regression:tpot:tpot.tolerance 40101d660e3b668f 40101d660e3b668f 3fc8de31ad5948da 568 tpot error/\
    undecided/3fd7d641aea8b550/3fd7d641aea8b550,3fd7d641aea8b550/-/c021840141d853b7 tpot/regressed/401470976a49532e/\
    4017356795f290da,-;bff28e6d247b5b14,bff28e6d247b5b14/bfe6a2768cf85ffe/- quota/undecided/bfe2e1d8daa5a6ac/\
    bfe2e1d8daa5a6ac,-/-/-
    last rollback Regression:tpot:tpot.tolerance 40101d660e3b668f 40101d660e3b668f 3fc8de31ad5948da 568 tpot error/\
    undecided/3fd7d641aea8b550/3fd7d641aea8b550,3fd7d641aea8b550/-/c021840141d853b7 tpot/regressed/401470976a49532e/\
    4017356795f290da,-;bff28e6d247b5b14,bff28e6d247b5b14/bfe6a2768cf85ffe/- quota/undecided/bfe2e1d8daa5a6ac/\
    bfe2e1d8daa5a6ac,-/-/-
    event {"start":{"at":0,"configuration":{"alpha":0.01,"certificate_alpha":0.05,"certificate_odds":2,\
    "funding":{"overtime":0.06,"plan_minutes":60,"start":0.4},"metrics":[{"form":"event","metric":"error",\
    "on_regression":"rollback","tolerance":1.5,"weight":1},{"ceiling":{"above":500,"share":0.01},"form":"value",\
    "metric":"latency","on_regression":"rollback","tolerance":1.2,"weight":1}],"no_traffic_seconds":86400,\
    "sample_ratio_alpha":0.001,"thresholds":{"cost_ratio":2,"error_rate":0.05,"minimum_requests":40,\
    "watches_p99":true,"window_seconds":60}}}}
    event {"step":{"certificates":[],"minimum_requests":0,"seconds":30,"started_at":0}}
    block B1 0 4 1 - error=3,0,66,1 latency/q0.5=1,1,34,16 latency/q0.75=0,0,48,12 latency/q0.9=2,1,36,2 latency/\
    q0.95=2,0,75,0 latency/q0.99=6,0,61,0 latency/q0.999=5,0,52,1 latency/ceiling=2,0,41,0 spent=90,40,1800,800
    block B1 4 4 1 - error=3,0,69,0 latency/q0.5=3,2,61,27 latency/q0.75=4,1,71,19 latency/q0.9=1,0,29,3 latency/\
    q0.95=3,0,65,3 latency/q0.99=4,0,44,1 latency/q0.999=1,0,75,0 latency/ceiling=4,0,54,1 spent=90,40,1800,800
    block B1 8 4 1 - error=2,0,39,0 latency/q0.5=5,3,41,23 latency/q0.75=2,0,32,5 latency/q0.9=2,1,72,14 latency/\
    q0.95=2,1,70,8 latency/q0.99=1,0,60,3 latency/q0.999=0,0,39,0 latency/ceiling=0,0,56,0 spent=90,40,1800,800
    block B1 12 4 1 - error=2,0,71,0 latency/q0.5=3,1,44,24 latency/q0.75=3,2,64,20 latency/q0.9=6,2,61,8 latency/\
    q0.95=3,0,69,2 latency/q0.99=5,0,29,0 latency/q0.999=0,0,71,0 latency/ceiling=4,0,47,0 spent=90,40,1800,800
    block B1 16 4 1 - error=6,0,45,1 latency/q0.5=1,1,66,40 latency/q0.75=2,0,78,24 latency/q0.9=6,1,78,7 latency/\
    q0.95=2,0,77,6 latency/q0.99=4,0,44,1 latency/q0.999=5,0,44,0 latency/ceiling=5,0,67,0 spent=90,40,1800,800
    block B1 20 4 1 - error=6,0,28,0 latency/q0.5=1,0,47,25 latency/q0.75=1,0,41,7 latency/q0.9=6,1,30,3 latency/\
    q0.95=1,0,45,2 latency/q0.99=2,0,71,3 latency/q0.999=6,0,65,0 latency/ceiling=2,0,62,0 spent=90,40,1800,800
    block B1 24 4 1 - error=1,0,30,2 latency/q0.5=4,3,73,36 latency/q0.75=4,1,53,15 latency/q0.9=2,0,66,6 latency/\
    q0.95=2,0,42,2 latency/q0.99=6,0,73,0 latency/q0.999=3,0,59,0 latency/ceiling=1,0,75,0 spent=90,40,1800,800
    block B1 28 4 1 - error=3,0,38,0 latency/q0.5=3,1,60,26 latency/q0.75=5,0,41,11 latency/q0.9=4,0,77,7 latency/\
    q0.95=1,0,51,1 latency/q0.99=2,0,63,2 latency/q0.999=3,0,76,0 latency/ceiling=5,0,46,0 spent=90,40,1800,800
    bits advance  bfcebd7032708e60 0 0 44 - error/undecided/bfd143e6fa0dcfee/bfd143e6fa0dcfee,-/-/3fcfa1697ca46f88 \
    latency/undecided/bfcb0efbafd89f0c/bfcbec1864bb3978,-;bfca335a61175d9e,bfca335a61175d9e/bfd28a58f1e81f26/-
    block B1 32 4 1 - error=3,0,34,0 latency/q0.5=6,5,63,34 latency/q0.75=5,2,58,11 latency/q0.9=0,0,26,2 latency/\
    q0.95=1,0,48,4 latency/q0.99=6,0,30,1 latency/q0.999=0,0,44,0 latency/ceiling=5,0,57,0 spent=90,40,1800,800
    block B1 36 4 1 - error=2,0,39,0 latency/q0.5=1,1,43,20 latency/q0.75=1,0,34,12 latency/q0.9=6,2,74,11 latency/\
    q0.95=4,0,47,4 latency/q0.99=1,0,37,0 latency/q0.999=2,0,41,0 latency/ceiling=2,0,64,0 spent=90,40,1800,800
    block B1 40 4 1 - error=3,0,45,0 latency/q0.5=6,4,57,31 latency/q0.75=6,1,59,17 latency/q0.9=4,1,43,3 latency/\
    q0.95=2,0,61,4 latency/q0.99=6,1,52,0 latency/q0.999=3,0,45,0 latency/ceiling=2,0,48,0 spent=90,40,1800,800
    block B1 44 4 1 - error=3,0,39,0 latency/q0.5=0,0,65,33 latency/q0.75=2,1,34,10 latency/q0.9=5,0,63,4 latency/\
    q0.95=6,0,69,2 latency/q0.99=6,0,31,0 latency/q0.999=4,0,75,0 latency/ceiling=6,0,72,1 spent=90,40,1800,800
    bits advance  bfcc448b33c36d20 0 0 68 - error/undecided/bfd143e6fa0dcfee/bfd143e6fa0dcfee,-/-/3fcfa1697ca46f88 \
    latency/undecided/bfc64c14cf5c8704/bfba8508a18b5f90,-;bfd002be5ef5b1c5,bfd002be5ef5b1c5/bfc68ab30676a258/-
    block B1 48 4 1 - error=6,0,74,0 latency/q0.5=0,0,67,32 latency/q0.75=0,0,62,10 latency/q0.9=4,0,72,7 latency/\
    q0.95=3,0,76,8 latency/q0.99=6,0,61,0 latency/q0.999=2,0,47,0 latency/ceiling=0,0,78,1 spent=90,40,1800,800
    block B1 52 4 1 - error=6,0,49,0 latency/q0.5=4,2,44,19 latency/q0.75=2,1,34,7 latency/q0.9=0,0,56,10 latency/\
    q0.95=5,1,49,4 latency/q0.99=1,0,29,1 latency/q0.999=1,0,57,0 latency/ceiling=5,0,37,1 spent=90,40,1800,800
    block B1 56 4 1 - error=2,0,43,1 latency/q0.5=5,3,26,14 latency/q0.75=2,0,60,13 latency/q0.9=6,0,75,3 latency/\
    q0.95=5,0,28,1 latency/q0.99=2,0,59,1 latency/q0.999=0,0,47,2 latency/ceiling=4,0,64,0 spent=90,40,1800,800
    block B1 60 4 1 - error=5,0,74,1 latency/q0.5=0,0,53,25 latency/q0.75=3,0,41,8 latency/q0.9=6,0,70,8 latency/\
    q0.95=1,0,41,1 latency/q0.99=5,0,52,0 latency/q0.999=6,0,52,0 latency/ceiling=4,0,42,0 spent=90,40,1800,800
    bits advance  bfd2466f3f5def5a 0 0 92 - error/undecided/bfd47e569dc0c0e4/bfd47e569dc0c0e4,-/-/3fd78966c7200884 \
    latency/undecided/bfd0218ece509c14/bfccb22f3606f478,-;bfd1f71b2d580d04,bfd1f71b2d580d04/bfca9349f31a30fe/-
    block B1 64 4 1 - error=6,1,53,0 latency/q0.5=6,3,56,33 latency/q0.75=1,0,38,6 latency/q0.9=6,1,78,8 latency/\
    q0.95=6,0,39,1 latency/q0.99=3,0,42,1 latency/q0.999=3,0,49,0 latency/ceiling=1,0,72,0 spent=90,40,1800,800
    block B1 68 4 1 - error=5,0,39,1 latency/q0.5=4,4,45,31 latency/q0.75=2,0,60,16 latency/q0.9=0,0,49,1 latency/\
    q0.95=0,0,39,2 latency/q0.99=3,0,43,0 latency/q0.999=0,0,55,0 latency/ceiling=4,0,26,0 spent=90,40,1800,800
    block B1 72 4 1 - error=3,0,75,0 latency/q0.5=0,0,70,33 latency/q0.75=3,2,43,8 latency/q0.9=4,1,43,9 latency/\
    q0.95=5,1,40,0 latency/q0.99=5,0,47,1 latency/q0.999=4,0,56,0 latency/ceiling=2,0,35,0 spent=90,40,1800,800
    block B1 76 4 1 - error=0,0,41,1 latency/q0.5=6,3,33,19 latency/q0.75=5,0,64,16 latency/q0.9=6,1,39,4 latency/\
    q0.95=0,0,29,1 latency/q0.99=2,0,51,0 latency/q0.999=0,0,75,0 latency/ceiling=1,0,49,1 spent=90,40,1800,800
    bits advance  bfd021d43d9cb216 0 0 114 - error/undecided/bfcd6f2931202126/bfcd6f2931202126,-/-/bfd0e583123274ec \
    latency/undecided/bfd19444b58e3dfe/bfd03b6fb3a05848,-;bfd2f483b0b06ce2,bfd2f483b0b06ce2/bfd12b2e00e2d492/-
    block B1 80 4 1 - error=4,0,64,1 latency/q0.5=5,2,67,30 latency/q0.75=3,2,55,16 latency/q0.9=1,0,53,9 latency/\
    q0.95=5,0,42,2 latency/q0.99=0,0,38,2 latency/q0.999=5,0,55,0 latency/ceiling=1,0,66,0 spent=90,40,1800,800
    block B1 84 4 1 - error=2,0,57,0 latency/q0.5=6,1,70,41 latency/q0.75=5,2,65,19 latency/q0.9=4,0,57,5 latency/\
    q0.95=1,0,57,3 latency/q0.99=0,0,60,1 latency/q0.999=4,0,58,0 latency/ceiling=4,0,45,0 spent=90,40,1800,800
    block B1 88 4 1 - error=4,0,29,1 latency/q0.5=6,2,65,31 latency/q0.75=2,1,30,7 latency/q0.9=2,0,30,3 latency/\
    q0.95=1,0,51,3 latency/q0.99=4,0,73,2 latency/q0.999=5,0,54,0 latency/ceiling=4,0,61,0 spent=90,40,1800,800
    block B1 92 4 1 - error=2,0,38,0 latency/q0.5=5,2,56,22 latency/q0.75=5,1,61,13 latency/q0.9=6,1,74,9 latency/\
    q0.95=1,0,52,4 latency/q0.99=1,0,41,0 latency/q0.999=6,0,41,0 latency/ceiling=4,0,31,0 spent=90,40,1800,800
    bits advance  bfd42f422070bb26 0 0 137 - error/undecided/bfd37f0b1346f778/bfd37f0b1346f778,-/-/bfb3818f9260de40 \
    latency/undecided/bfd4e163a437895a/bfd57ceaa8971d9c,-;bfd4475305d3a863,bfd4475305d3a863/bfd3016059aa4b39/-
    block B1 96 4 1 - error=3,0,27,1 latency/q0.5=4,3,57,25 latency/q0.75=5,2,62,22 latency/q0.9=6,1,36,1 latency/\
    q0.95=2,0,72,3 latency/q0.99=6,0,30,0 latency/q0.999=6,0,50,0 latency/ceiling=4,0,64,0 spent=90,40,1800,800
    block B1 100 4 1 - error=5,0,75,1 latency/q0.5=1,0,77,37 latency/q0.75=4,0,64,15 latency/q0.9=2,0,77,8 latency/\
    q0.95=5,0,70,3 latency/q0.99=4,0,30,0 latency/q0.999=4,0,45,0 latency/ceiling=0,0,27,0 spent=90,40,1800,800
    block B1 104 4 1 - error=2,0,62,1 latency/q0.5=2,0,28,17 latency/q0.75=3,0,41,10 latency/q0.9=4,0,52,8 latency/\
    q0.95=1,0,78,1 latency/q0.99=2,0,63,2 latency/q0.999=4,0,42,0 latency/ceiling=2,0,77,0 spent=90,40,1800,800
    block B1 108 4 1 - error=1,0,62,0 latency/q0.5=4,1,58,31 latency/q0.75=2,0,61,16 latency/q0.9=0,0,55,5 latency/\
    q0.95=0,0,61,4 latency/q0.99=4,0,47,0 latency/q0.999=5,0,68,0 latency/ceiling=3,0,72,0 spent=90,40,1800,800
    bits advance  bfd660ebcd67715e 0 0 157 - error/undecided/bfd6d1839b219948/bfd6d1839b219948,-/-/3fc0a7ec5ccb3910 \
    latency/undecided/bfd5f118ba7e3c54/bfd6d9018f5d264c,-;bfd50c6c869194cf,bfd50c6c869194cf/bfd3f1c0c7ee3890/-
    block B1 112 4 1 - error=6,0,75,0 latency/q0.5=6,6,34,17 latency/q0.75=2,0,51,12 latency/q0.9=3,0,28,3 latency/\
    q0.95=4,1,52,1 latency/q0.99=1,0,46,0 latency/q0.999=2,0,70,0 latency/ceiling=0,0,63,0 spent=90,40,1800,800
    block B1 116 4 1 - error=5,0,41,0 latency/q0.5=6,5,54,23 latency/q0.75=2,1,70,15 latency/q0.9=5,0,60,9 latency/\
    q0.95=1,0,30,2 latency/q0.99=5,0,59,0 latency/q0.999=2,0,68,1 latency/ceiling=4,0,66,1 spent=90,40,1800,800
    block B1 120 4 1 - error=2,0,35,0 latency/q0.5=3,2,74,33 latency/q0.75=3,1,73,15 latency/q0.9=0,0,31,9 latency/\
    q0.95=3,0,31,2 latency/q0.99=6,0,49,1 latency/q0.999=5,0,51,0 latency/ceiling=0,0,55,0 spent=90,40,1800,800
    block B1 124 4 1 - error=5,0,76,0 latency/q0.5=6,2,64,25 latency/q0.75=2,0,67,20 latency/q0.9=3,0,31,3 latency/\
    q0.95=4,0,74,2 latency/q0.99=5,0,61,0 latency/q0.999=5,0,47,0 latency/ceiling=0,0,65,0 spent=90,40,1800,800
    bits advance  bfd6a8c50dfea9e2 0 0 181 - error/undecided/bfd6d1839b219948/bfd6d1839b219948,-/-/3fc0a7ec5ccb3910 \
    latency/undecided/bfd6802060cb5ce6/bfd7a91e12e74fdc,-;bfd55c6c5ce2cfa2,bfd55c6c5ce2cfa2/bfd599992a5132a8/-
    block B1 128 4 1 - error=0,0,32,1 latency/q0.5=2,0,61,37 latency/q0.75=2,0,38,16 latency/q0.9=1,0,28,2 latency/\
    q0.95=4,0,73,2 latency/q0.99=5,0,64,2 latency/q0.999=1,0,54,0 latency/ceiling=0,0,48,1 spent=90,40,1800,800
    block B1 132 4 1 - error=0,0,28,0 latency/q0.5=3,1,67,27 latency/q0.75=6,4,59,13 latency/q0.9=4,0,67,9 latency/\
    q0.95=1,0,63,3 latency/q0.99=6,0,75,3 latency/q0.999=2,0,77,0 latency/ceiling=4,0,43,0 spent=90,40,1800,800
    block B1 136 4 1 - error=5,2,65,0 latency/q0.5=2,1,67,31 latency/q0.75=6,3,66,18 latency/q0.9=6,1,27,1 latency/\
    q0.95=1,0,46,3 latency/q0.99=6,1,40,1 latency/q0.999=3,0,41,0 latency/ceiling=3,0,64,0 spent=90,40,1800,800
    block B1 140 4 1 - error=3,0,72,0 latency/q0.5=5,1,55,32 latency/q0.75=6,1,34,12 latency/q0.9=1,1,53,5 latency/\
    q0.95=4,0,58,7 latency/q0.99=0,0,43,0 latency/q0.999=3,0,69,0 latency/ceiling=3,0,69,0 spent=90,40,1800,800
    bits advance  bfa82e4929bc99f0 0 0 204 error error/undecided/3fc8e0052153c7a4/3fc8e0052153c7a4,-/-/\
    bff442701227d4a8 latency/undecided/bfd772e1d1dd8542/bfd89295587ab268,-;bfd6582551dfa614,bfd6582551dfa614/\
    bfd5302e2b5924ea/-
    block B1 144 4 1 - error=0,0,66,1 latency/q0.5=1,0,30,18 latency/q0.75=1,0,45,14 latency/q0.9=0,0,73,5 latency/\
    q0.95=5,1,38,1 latency/q0.99=2,0,61,3 latency/q0.999=2,0,74,0 latency/ceiling=1,0,74,0 spent=90,40,1800,800
    block B1 148 4 1 - error=3,0,45,2 latency/q0.5=3,1,44,21 latency/q0.75=3,0,61,13 latency/q0.9=4,1,42,2 latency/\
    q0.95=1,0,74,2 latency/q0.99=1,0,73,1 latency/q0.999=2,0,46,0 latency/ceiling=2,0,66,0 spent=90,40,1800,800
    block B1 152 4 1 - error=4,0,58,0 latency/q0.5=0,0,59,25 latency/q0.75=0,0,30,7 latency/q0.9=0,0,67,17 latency/\
    q0.95=5,0,39,3 latency/q0.99=2,0,61,1 latency/q0.999=2,0,64,0 latency/ceiling=5,0,52,0 spent=90,40,1800,800
    block B1 156 4 1 - error=0,0,41,0 latency/q0.5=3,2,53,19 latency/q0.75=2,0,39,11 latency/q0.9=5,0,46,6 latency/\
    q0.95=5,1,67,1 latency/q0.99=1,0,49,1 latency/q0.999=4,0,48,0 latency/ceiling=3,0,75,1 spent=90,40,1800,800
    bits advance  bfcb776795e05ff8 0 0 223 - error/undecided/bfb3e2ed1fdc2dbc/bfb3e2ed1fdc2dbc,-/-/bff25b2f110d623e \
    latency/undecided/bfd7e32ff6229bca/bfd8a4b30c08dc70,-;bfd723ef29143c7e,bfd723ef29143c7e/bfd6eac0393335f4/-
    block B1 160 4 1 - error=2,1,64,1 latency/q0.5=1,1,42,20 latency/q0.75=4,3,44,16 latency/q0.9=5,0,56,3 latency/\
    q0.95=2,0,35,2 latency/q0.99=1,0,35,1 latency/q0.999=4,0,75,0 latency/ceiling=4,0,38,0 spent=90,40,1800,800
    block B1 164 4 1 - error=2,1,77,1 latency/q0.5=3,2,37,15 latency/q0.75=1,0,73,22 latency/q0.9=1,1,43,4 latency/\
    q0.95=4,0,52,3 latency/q0.99=4,0,64,0 latency/q0.999=6,0,73,0 latency/ceiling=5,0,42,0 spent=90,40,1800,800
    block B1 168 4 1 - error=6,2,31,1 latency/q0.5=1,0,59,22 latency/q0.75=0,0,45,11 latency/q0.9=3,0,73,9 latency/\
    q0.95=1,0,55,2 latency/q0.99=4,0,74,0 latency/q0.999=5,0,48,0 latency/ceiling=5,0,33,0 spent=90,40,1800,800
    block B1 172 4 1 - error=5,1,77,2 latency/q0.5=5,2,60,24 latency/q0.75=2,0,58,14 latency/q0.9=4,0,54,4 latency/\
    q0.95=0,0,69,5 latency/q0.99=0,0,52,1 latency/q0.999=5,0,62,0 latency/ceiling=0,0,67,0 spent=90,40,1800,800
    bits rollback ThresholdExceeded:error:thresholds 4000fd376a649ce9 4000fd376a649ce9 0 245 error error/undecided/\
    4006338597111e38/4006338597111e38,-/-/c00d137af1625ce8 latency/undecided/bfd880e93c7b815c/bfd9037040b7c86c,\
    -;bfd7ff6a53936980,bfd7ff6a53936980/bfd72f0ed5166fa9/-
    block B1 176 4 1 - error=4,1,77,1 latency/q0.5=1,1,73,36 latency/q0.75=2,1,68,16 latency/q0.9=5,0,64,6 latency/\
    q0.95=1,0,56,3 latency/q0.99=4,0,41,0 latency/q0.999=0,0,31,0 latency/ceiling=0,0,27,0 spent=90,40,1800,800
    block B1 180 4 1 - error=5,1,47,0 latency/q0.5=5,2,37,18 latency/q0.75=0,0,76,27 latency/q0.9=3,0,69,9 latency/\
    q0.95=5,0,65,0 latency/q0.99=3,0,42,0 latency/q0.999=0,0,58,0 latency/ceiling=4,0,30,0 spent=90,40,1800,800
    block B1 184 4 1 - error=4,0,44,0 latency/q0.5=4,2,38,21 latency/q0.75=0,0,76,16 latency/q0.9=6,0,46,7 latency/\
    q0.95=2,0,34,1 latency/q0.99=1,0,30,0 latency/q0.999=4,0,55,0 latency/ceiling=4,0,72,0 spent=90,40,1800,800
    block B1 188 4 1 - error=5,2,58,0 latency/q0.5=2,1,42,21 latency/q0.75=5,1,61,18 latency/q0.9=2,0,31,1 latency/\
    q0.95=3,0,27,2 latency/q0.99=3,0,63,0 latency/q0.999=4,0,77,0 latency/ceiling=6,0,64,0 spent=90,40,1800,800
    bits rollback ThresholdExceeded:error:thresholds 401e0cbfefe423a3 401e0cbfefe423a3 0 267 error error/regressed/\
    4020692c34394425/4020692c34394425,-/-/c0165a500924cbad latency/undecided/bfd9b9962b58c8fa/bfda66f5069f9860,\
    -;bfd90e080b9d7da8,bfd90e080b9d7da8/bfd72f0ed5166fae/-
    block B1 192 4 1 - error=4,3,61,1 latency/q0.5=2,1,27,14 latency/q0.75=6,2,36,10 latency/q0.9=6,1,58,3 latency/\
    q0.95=6,0,34,3 latency/q0.99=3,0,29,0 latency/q0.999=0,0,53,0 latency/ceiling=2,0,50,0 spent=90,40,1800,800
    block B1 196 4 1 - error=3,0,53,0 latency/q0.5=5,2,29,14 latency/q0.75=5,2,61,11 latency/q0.9=3,0,62,3 latency/\
    q0.95=4,0,64,2 latency/q0.99=0,0,73,0 latency/q0.999=4,0,36,0 latency/ceiling=1,0,78,1 spent=90,40,1800,800
    last rollback ThresholdExceeded:error:thresholds 40293b2f4d7e9092 40293b2f4d88a0e1 0 278 error error/regressed/\
    402a9e1358445977/402a9e1358445977,-/-/c01c073f3fe57522 latency/undecided/bfd9e5243f14c204/bfda91dffb6fcbc0,\
    -;bfd93a35d9e663f3,bfd93a35d9e663f3/bfd72f0ed5166fae/-
    """
