"""Files of the host: reading, writing and leaving traps in them."""

import os
import shutil
import stat
import subprocess

from attempt import NAMESPACE, Blocked, found, no_control, otherwise, probe, reaches_kernel

SOMEWHERE_UP = "../" * 40


def content(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return found(file.read(200))


def in_work(target, name):
    return os.path.join(target.work, name)


def empty_file(path):
    with open(path, "w", encoding="utf-8"):
        return path


@probe(otherwise("EACCES"))
def read_the_password_hashes(_):
    return content("/etc/shadow")


@probe()
def read_the_users_of_the_host(_):
    with open("/etc/passwd", encoding="utf-8") as file:
        return found({line.split(":")[0] for line in file} - {"root", "plugin"})


@probe(otherwise("EACCES"))
def list_the_home_of_root(_):
    return found(os.listdir("/root"))


@probe()
def list_the_folders_of_the_host(_):
    seen = []
    for folder in ("/home", "/var", "/srv", "/mnt", "/opt", "/sys", "/boot"):
        try:
            seen += [f"{folder}/{name}" for name in os.listdir(folder) if (folder, name) != ("/home", "plugin")]
        except OSError:
            continue
    return found(seen)


@probe()
def read_a_file_that_was_not_granted(target):
    return content(target.secret_file)


@probe()
def read_through_a_link_in_the_work_folder(target):
    link = in_work(target, "link")
    os.symlink(target.secret_file, link)
    return content(link)


@probe()
def read_through_dots_from_the_work_folder(target):
    return content(os.path.join(target.work, SOMEWHERE_UP, target.secret_file[1:]))


@probe()
def read_from_the_own_working_directory_upwards(target):
    folder = os.open("/proc/self/cwd", os.O_PATH | os.O_DIRECTORY)
    return found(os.read(os.open(SOMEWHERE_UP + target.secret_file[1:], os.O_RDONLY, dir_fd=folder), 200))


@probe()
def read_what_the_runtime_hides(target):
    return content(os.path.join(target.hidden, "secret"))


@probe()
def write_where_the_runtime_hides(target):
    return empty_file(os.path.join(target.hidden, "planted"))


@probe()
def hard_link_a_file_of_the_host(target):
    os.link(target.secret_file, in_work(target, "hard"))
    return content(in_work(target, "hard"))


@probe()
def hard_link_what_is_read_only_to_where_one_may_write(target):
    os.link(__file__, in_work(target, "own-code"))
    with open(in_work(target, "own-code"), "a", encoding="utf-8"):
        return "opened for writing"


@probe()
def move_what_is_read_only_to_where_one_may_write(target):
    os.rename(os.path.join(target.granted, "program"), in_work(target, "moved"))
    return "moved"


@probe()
def rewrite_the_own_code(_):
    with open(__file__, "r+", encoding="utf-8"):
        return "opened for writing"


@probe()
def add_to_the_own_code(_):
    return empty_file(os.path.join(os.path.dirname(__file__), "planted.py"))


@probe()
def rewrite_a_running_program(target):
    """As in CVE-2019-5736: a handle on the executable while it runs is opened for writing once it has ended."""
    program = subprocess.Popen([os.path.join(target.granted, "program"), "60"])
    handles = [os.open(f"/proc/{program.pid}/exe", os.O_PATH)]
    try:
        handles.append(os.open("/proc/1/exe", os.O_PATH))  # in the sandbox: bubblewrap
    except OSError:
        pass
    program.kill()
    program.wait()
    error = None
    for handle in handles:
        try:
            os.close(os.open(f"/proc/self/fd/{handle}", os.O_WRONLY))
            return "opened for writing"
        except OSError as e:
            error = e
    raise error


@probe(otherwise("EACCES"))
def write_to_the_system(_):
    error = None
    for folder in ("/", "/etc", "/bin", "/lib", "/usr", "/usr/bin", "/usr/lib"):
        try:
            return empty_file(os.path.join(folder, "flexcore-planted"))
        except OSError as e:
            error = e
    raise error


@probe()
def set_the_user_id_bit(target):
    path = empty_file(in_work(target, "setuid"))
    os.chmod(path, 0o4755)
    return oct(os.stat(path).st_mode)


@probe()
def set_the_group_id_bit_of_a_folder(target):
    os.mkdir(in_work(target, "setgid"))
    os.chmod(in_work(target, "setgid"), 0o2777)
    return oct(os.stat(in_work(target, "setgid")).st_mode)


@probe()
def create_a_file_with_the_user_id_bit(target):
    os.close(os.open(in_work(target, "born-setuid"), os.O_CREAT | os.O_WRONLY, 0o4755))
    if not os.stat(in_work(target, "born-setuid")).st_mode & stat.S_ISUID:
        raise Blocked("made without the bit")
    return "made"


@probe(NAMESPACE)
def give_a_program_capabilities(target):
    path = shutil.copy("/bin/true", in_work(target, "capable"))
    net_raw_and_effective = bytes([1, 0, 0, 2]) + (1 << 13).to_bytes(4, "little") + bytes(12)
    os.setxattr(path, "security.capability", net_raw_and_effective)
    return "set"


@probe()
def plant_a_pipe(target):
    """Whoever opens it on the host waits for ever."""
    os.mkfifo(in_work(target, "pipe"))
    return "made"


@probe()
def plant_a_device(target):
    """The one device node that the kernel lets everybody make."""
    os.mknod(in_work(target, "device"), stat.S_IFCHR | 0o666, os.makedev(0, 0))
    return "made"


@probe()
def make_a_disk(_):
    return reaches_kernel("mknodat", -100, b"disk", stat.S_IFBLK | 0o666, 7 << 8)


@probe(no_control("a limit of every file system"))
def use_a_name_of_5000_bytes(target):
    return empty_file(in_work(target, "A" * 5000))
