//! Paging by plain links.

use super::address::Question;

/// The pages of a list: which there are, and which is shown.
#[derive(Debug, Clone)]
pub(super) struct Pager {
    /// What is paged, for people who hear the page.
    pub(super) name: String,
    /// The links in order; `None` where pages are left out.
    pub(super) links: Vec<Option<PageLink>>,
    /// The page before.
    pub(super) previous: Option<String>,
    /// The page after.
    pub(super) next: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub(super) struct PageLink {
    pub(super) number: u64,
    pub(super) href: String,
    pub(super) current: bool,
}

impl Pager {
    /// The pages of `total` things at `per_page` each; `anchor` (such as `#preview`, or nothing) ends each address.
    pub(super) fn new(name: &str, total: u64, per_page: u64, question: &Question, path: &str, anchor: &str) -> Self {
        let last = total.div_ceil(per_page).max(1);
        let current = question.page().min(last);
        let href = |page: u64| format!("{}{anchor}", question.with_page(page).under(path));
        let mut numbers = vec![1];
        numbers.extend(current.saturating_sub(2).max(2)..=(current + 2).min(last));
        if numbers.last() != Some(&last) {
            numbers.push(last);
        }
        let mut links = Vec::new();
        let mut before = 0;
        for number in numbers {
            if number > before + 1 {
                links.push(None);
            }
            links.push(Some(PageLink { number, href: href(number), current: number == current }));
            before = number;
        }
        Self {
            name: name.to_owned(),
            links,
            previous: (current > 1).then(|| href(current - 1)),
            next: (current < last).then(|| href(current + 1)),
        }
    }

    /// Whether there is more than one page.
    pub(super) fn is_needed(&self) -> bool {
        self.links.len() > 1
    }
}

/// The first and last thing on a page, from 1, and the offset; a page past the end is the last one.
pub(super) fn window(page: u64, per_page: u64, total: u64) -> (u64, u64, u64) {
    let last_page = total.div_ceil(per_page).max(1);
    let offset = (page.min(last_page) - 1) * per_page;
    ((offset + 1).min(total), (offset + per_page).min(total), offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_show_both_ends_and_the_neighbours() {
        let question = Question::parse(Some("q=a&page=50"));
        let pager = Pager::new("検索結果", 2_000, 20, &question, "/dataset", "");
        let shown: Vec<Option<u64>> = pager.links.iter().map(|link| link.as_ref().map(|l| l.number)).collect();
        assert_eq!(shown, [Some(1), None, Some(48), Some(49), Some(50), Some(51), Some(52), None, Some(100)]);
        assert_eq!(pager.previous.as_deref(), Some("/dataset?q=a&page=49"));
        assert_eq!(window(50, 20, 2_000), (981, 1_000, 980));
    }

    #[test]
    fn a_page_past_the_end_is_the_last() {
        assert_eq!(window(9, 20, 25), (21, 25, 20));
        assert_eq!(window(1, 20, 0), (0, 0, 0));
        let pager = Pager::new("一覧", 25, 20, &Question::parse(Some("page=9")), "/dataset", "");
        assert!(pager.next.is_none());
        assert!(!Pager::new("一覧", 3, 20, &Question::default(), "/dataset", "").is_needed());
    }
}
