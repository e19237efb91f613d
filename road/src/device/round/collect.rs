//! Collecting: page after page for whom the browser's session belongs to.

use super::{At, Collected, Deed, Pending, Round, Step, Taken};
use crate::device::{INBOX_LIMIT, Post, SOON, Trouble, quiet_until};
use domain::VaultId;

impl Round {
    pub(super) fn collect(&mut self, now: u64) {
        if self.budget.collect && self.has_time(now) && self.epochs < super::EPOCHS {
            self.ask(At::CollectPosts, Step::Posts);
        } else {
            self.begin_reporting();
        }
    }

    pub(super) fn count_pages(&mut self, posts: &[Post]) {
        // The session is the browser's one cookie: it belongs to who signed in last.
        match Post::signed_in(posts).cloned() {
            Some(post) => {
                let step = Step::Pages(post.vault);
                self.ask(At::Pages(Box::new(post)), step);
            }
            None => self.begin_reporting(),
        }
    }

    pub(super) fn ask_for_page(&mut self, post: Box<Post>, pages: usize) {
        if pages >= INBOX_LIMIT {
            return self.begin_reporting();
        }
        let step = Step::Collect { vault: post.vault, cursor: post.cursor.clone(), room: self.size };
        self.ask(At::Page(post), step);
    }

    pub(super) fn hear_page(
        &mut self,
        post: Post,
        page: Collected,
        took: u64,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        if took < SOON {
            self.resize(self.size * 2, deeds);
        }
        if page.epoch != post.epoch {
            // What was collected before came from a server that is no more: from the beginning.
            let Ok(epoch) = <[u8; 16]>::try_from(page.epoch.as_slice()) else {
                // No server of ours says that.
                self.trouble(Trouble::WrongSignature);
                return self.begin_reporting();
            };
            deeds.push(Deed::BeginEpoch(epoch));
            self.change_server();
            return self.collect(now);
        }
        let has_page = page.page > 0;
        if has_page && !post.may_sign(&page.signer) {
            // What the vault could not open yet is not taken in: the keys first, then the page.
            if self.ask_for_keys(Trouble::WrongSignature, Pending::Page).is_some() {
                self.trouble(Trouble::WrongSignature);
                self.begin_reporting();
            }
            return;
        }
        let Post { vault, cursor, .. } = post;
        if has_page || page.cursor != cursor {
            let step = Step::TakePage { vault, cursor: page.cursor };
            return self.ask(At::Taken { vault, has_page, more: page.more }, step);
        }
        // Nothing new although there should be more: asking the same again would bring the same.
        if !page.more {
            deeds.push(Deed::HeardAll(vault));
        }
        self.begin_reporting();
    }

    pub(super) fn collecting_failed(&mut self, trouble: Trouble, now: u64, deeds: &mut Vec<Deed>) {
        if let Trouble::TooMany(seconds) = trouble {
            deeds.push(Deed::Quiet(quiet_until(seconds, now)));
            self.cut = true;
        }
        self.trouble(trouble);
        self.cut |= trouble == Trouble::NoAnswer;
        self.begin_reporting();
    }

    pub(super) fn page_taken(
        &mut self,
        vault: VaultId,
        has_page: bool,
        more: bool,
        taken: Taken,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        match taken {
            Taken::Done => {
                self.outcome.collected_pages += usize::from(has_page);
                if more {
                    return self.collect(now);
                }
                deeds.push(Deed::HeardAll(vault));
                self.begin_reporting();
            }
            Taken::Overtaken => self.collect(now),
            Taken::Full => {
                self.trouble(Trouble::Full);
                self.begin_reporting();
            }
        }
    }
}
