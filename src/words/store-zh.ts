// 数据库开不起来时说什么、怎么办，启动途中说什么。
import type { StoreWords } from './store.ts';

export const storeZh = {
  refusal: {
    'unsupported-platform': [
      '自带的数据库不能在这种系统（{platform}）上运行',
      '换一台 Linux 机器（x64 或 arm64），或装好 PostgreSQL，用 DATABASE_URL 指明它的地址',
    ],
    'package-missing': ['没有装数据库程序包 {package}', '重新运行 npm ci，不要加 --omit=optional'],
    'not-runnable': [
      '数据库程序运行不了：{program}[[（{why}）]]',
      '重新运行 npm ci；系统要用 glibc（Alpine 不行），程序所在的盘要允许运行程序',
    ],
    'no-account': [
      'PostgreSQL 不能用 root 账号运行，而本机没有可以代替的账号（找过 {tried}）',
      '建一个：useradd --system crewledger，再启动',
    ],
    'account-unknown': [
      '当前账号[[ {uid}]][[ {account}]]在 /etc/passwd 里查不到，PostgreSQL 不肯用它运行',
      '用 useradd 建好这个账号，或换一个账号启动',
    ],
    'cannot-change-account': [
      '不能换成账号[[ {account}]]来运行数据库',
      '容器要允许换账号（CAP_SETUID、CAP_SETGID），或直接用普通账号启动',
    ],
    'folder-unreachable': ['数据文件夹打不开：{folder}（{why}）', '检查路径是否写对，盘是否挂上'],
    'folder-read-only': ['数据文件夹所在的盘是只读的：{folder}', '改成可写，或换一个文件夹'],
    'folder-not-allowed': [
      '没有权限使用数据文件夹 {folder}[[（账号 {account}）]]',
      '把文件夹交给这个账号（chown），或换一个文件夹',
    ],
    'folder-copied': [
      '{folder} 是从别处复制来的，里面记着的数据在 {to}，属于原来那一份',
      '要用原来的数据，就在原来的文件夹里启动；要另起一套，删掉 {folder} 里的 moved-to 文件',
    ],
    'foreign-cluster': [
      '{folder} 本身是另一个 PostgreSQL 的数据文件夹，里面的东西没有动',
      '换一个空文件夹；要用那个数据库，用 DATABASE_URL 指明它的地址',
    ],
    'foreign-files': ['{folder} 看着像没建完的数据库，里面却有别的文件 {file}，没有动它', '把这个文件挪走，再启动'],
    'wrong-owner': [
      '数据属于账号[[ {owner}]]，现在用的是 {account}：{folder}',
      '换回原来的账号启动；确实要换账号，先用 chown -R 把整个文件夹交过去',
    ],
    'in-use': [
      '这份数据已经有一个 CrewLedger 在用：进程 {pid}，从 {since} 起（{folder}）',
      '就用已经在运行的那个；要重启，先停掉它',
    ],
    'in-use-elsewhere': [
      '这份数据已经在别处使用[[：{host}]][[，从 {since} 起]]（{folder}）',
      '先停掉另一台机器或另一个容器里的 CrewLedger',
    ],
    'other-version': [
      '数据是另一版 PostgreSQL [[{found} ]]写的，现在带的是 [[{needed} ]]版：{folder}；数据没有动',
      '用原来那一版 CrewLedger 运行 crewledger backup，再用现在这一版 crewledger restore 到空文件夹',
    ],
    'cluster-damaged': [
      '{folder} 里的数据库不完整，缺 PG_VERSION 或 global/pg_control；没有动它',
      '盘没挂全就先挂好；确实坏了，把它挪开，用 crewledger restore 从备份恢复',
    ],
    'password-lost': ['数据库在，存密码的文件不见了：{file}', '从备份里把这个文件放回来'],
    'wrong-password': ['{file} 里的密码不是这个数据库的', '把和这份数据一起备份的 password 文件放回来'],
    'port-in-use': ['端口 {port} 已被别的程序占用', '换一个端口，或停掉占用它的程序'],
    'disk-full': ['盘满了：{folder}', '腾出地方再启动；已经记下的数据没有丢'],
    'out-of-memory': ['内存不够，数据库起不来', '腾出内存，或改小 cluster/postgresql.conf 里的 shared_buffers'],
    'path-too-long': ['数据文件夹的路径太长：{folder}', '换一个路径短一些的文件夹'],
    'leftovers-stay': [
      '上次留下的数据库进程[[ {pids}]] 还在，停不掉：{folder}',
      '等它结束，或由管理员结束它；盘若有故障，先修盘',
    ],
    'initdb-failed': ['数据库没有建成[[：{why}]]', '按下面的记录处理，再启动；会从头再建'],
    'server-failed': ['数据库没有启动[[：{why}]]', '按下面的记录处理；完整的记录在数据文件夹的 server.log'],
    'no-answer': ['数据库启动了，但是连不上[[：{why}]]', '看数据文件夹里的 server.log'],
  },
  event: {
    initialising: '第一次启动，正在建数据库：{folder}',
    starting: '正在启动数据库',
    'still-starting': '数据库还在启动，已经 {seconds} 秒；上次没有正常停下，要先把记录补齐',
    started: '数据库已启动，用了 {ms} 毫秒',
    relocated: '数据库的账号进不去 {from}，数据放在 {to}',
    'binaries-copied': '数据库的账号读不到程序，已复制到 {to}',
    'owner-changed': '{folder} 已交给账号 {account}',
    'half-cluster-removed': '上次没有建完的数据库已清掉：{folder}',
    'waiting-for-lock': '这份数据上次由[[ {host}]] 使用，正在确认它是否还在',
    'lock-taken-over': '上次的 CrewLedger（进程 {pid}，从 {since} 起）没有正常停下，现在接过来',
    'stale-pid': '上次的数据库（进程 {pid}）没有正常停下，已清掉它留下的记号',
    'waiting-for-dying': '上次的数据库（进程 {pid}）正在停，等它停完',
    'stopped-orphan': '上次留下的数据库（进程 {pid}）已停下',
    'ended-leftovers': '上次留下的数据库进程已结束：{pids}',
    'socket-elsewhere': '数据文件夹路径太长，数据库改在 {folder} 接受连接',
    loopback: '数据库在本机端口 {port} 接受连接',
    died: '数据库意外停了（{how}）',
    'stop-escalated': '数据库迟迟不停，改用 {signal}',
    stopped: '数据库已停下',
  },
  serverLog: '数据库自己的记录：',
} as const satisfies StoreWords;
