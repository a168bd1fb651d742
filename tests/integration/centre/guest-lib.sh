# shellcheck shell=bash disable=SC2154,SC2034
# Sourced by unit-boot.sh: a small Debian with systemd in an emulator. The machine's own packages make its tree (the files of
# those that are named and of all that they depend on), so that it takes seconds and no network; only the kernel is fetched,
# once for a build directory. Needs $work and $build.
for need in qemu-system-x86_64 mkfs.ext4 cpio systemd-analyze dpkg-query apt-cache; do
	command -v $need >/dev/null || { echo "skipped: $need is missing" >&2; exit 77; }
done
tree=$work/tree

# The cloud kernel: drivers of emulated machines only.
kernel_fetch() {
	local package
	kernel=$build/guest-kernel
	[ -e "$kernel/vmlinuz" ] && return
	package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^  Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
	rm -rf "$kernel.part" && mkdir -p "$kernel.part"
	(cd "$kernel.part" && apt-get -qq download "${package:-linux-image-cloud-amd64}" && dpkg-deb -x linux-image-*.deb . && rm linux-image-*.deb &&
		mv boot/vmlinuz-* vmlinuz && rm -r boot usr) >"$work/fetch" 2>&1 || { echo "skipped: no kernel: $(tail -n 1 "$work/fetch")" >&2; exit 77; }
	mv "$kernel.part" "$kernel"
}

# Paths on standard input; /bin and the like are links here and there.
copy_files() {
	sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' | sort -u | while read -r f; do
		[ -L "$f" ] || [ -f "$f" ] && echo "${f#/}"
	done | tar -C / -cf - --no-recursion -T - | tar -C "$tree" -xf -
}

libraries_of() { ldd "$@" 2>/dev/null | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (.*/\1/p' | while read -r f; do echo "$f"; realpath "$f"; done; }

tree_make() { # PACKAGE…
	local d
	mkdir -p "$tree"/{usr/bin,usr/sbin,usr/lib,usr/lib64,etc/systemd/system,proc,sys,dev,run,tmp,root,home,mnt,media,opt,srv,boot,var/lib,var/log,var/tmp,var/cache}
	for d in bin sbin lib lib64; do ln -s usr/$d "$tree/$d"; done
	# shellcheck disable=SC2046
	dpkg-query -L $(apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
		--no-enhances "$@" 2>/dev/null | grep '^[a-z0-9]' | sort -u) 2>/dev/null |
		grep -v '^/usr/share/\(doc\|man\|info\|locale\|perl\)\|^/usr/lib/udev/hwdb\|^/lib/udev/hwdb\|^/usr/lib/x86_64-linux-gnu/perl' | copy_files
	cp /usr/share/base-passwd/passwd.master "$tree/etc/passwd"
	cp /usr/share/base-passwd/group.master "$tree/etc/group"
	cp /usr/share/libc-bin/nsswitch.conf "$tree/etc/nsswitch.conf"
	: >"$tree/etc/machine-id"
	chmod 1777 "$tree/tmp" "$tree/var/tmp"
}

# Finds the disk and hands over.
initrd_make() {
	local m made=$work/initrd
	mkdir -p "$made"/{proc,sys,dev,root,usr/bin}
	for m in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
		find "$kernel/lib/modules" -name "$m.ko" -exec cp {} "$made/" \;
	done
	{ for m in bash kmod mount sleep switch_root; do command -v $m || ls /usr/sbin/$m; done; libraries_of /bin/bash /bin/kmod /bin/mount /bin/sleep /usr/sbin/switch_root; } |
		while read -r m; do mkdir -p "$made/$(dirname "$m")" && cp -L "$m" "$made/$m"; done
	cat >"$made/init" <<-'INIT'
		#!/usr/bin/bash
		export PATH=/usr/bin:/usr/sbin:/bin:/sbin
		mount -t devtmpfs dev /dev
		for m in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
			[ -e /$m.ko ] && (exec -a insmod kmod /$m.ko)
		done
		for ((n = 0; n < 600; n++)); do [ -b /dev/vda ] && break; sleep 0.1; done
		mount -t ext4 /dev/vda /root
		exec switch_root /root /usr/lib/systemd/systemd </dev/console >/dev/console 2>&1
	INIT
	chmod 0755 "$made/init"
	(cd "$made" && find . | cpio -o -H newc --quiet >"$work/initrd.cpio")
}

disk_make() {
	ldconfig -r "$tree"
	truncate -s $(($(du -sm "$tree" | cut -f1) + 160))M "$work/disk"
	mkfs.ext4 -q -d "$tree" "$work/disk"
}

# Ends with the machine. Its console is $work/console.
guest_run() { # QEMU-ARGUMENTS…
	timeout -k 5 "${guest_seconds:-600}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -nodefaults -no-reboot -display none \
		-serial "file:$work/console" -kernel "$kernel/vmlinuz" -initrd "$work/initrd.cpio" \
		-append "console=ttyS0 quiet systemd.show_status=0 systemd.log_level=warning random.trust_cpu=on mitigations=off panic=-1 no_timer_check" \
		-drive "file=$work/disk,format=raw,if=virtio,cache=unsafe" -device virtio-rng-pci "$@" >"$work/qemu.out" 2>&1
}
