"""What WeChat's reviewers would say of titles and keywords, before they do."""
